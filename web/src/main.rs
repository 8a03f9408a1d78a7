//! Entry of the page in the browser. Must not know anything but the library.

fn main() {
    casemate_web::start();
}
