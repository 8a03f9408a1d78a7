// Before the first paint: the theme kept on this device, and a mark that scripts run.
document.documentElement.classList.add("js");
try {
  const theme = localStorage.getItem("casemate-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is off: the system decides.
}
