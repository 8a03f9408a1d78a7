//! The list of dependencies: what is in it, the way to each, and its open vulnerabilities.

use crate::screen::Screen;
use crate::world::{PROJECT, World};
use casemate_tests::{Upload, sample};
use serde_json::{Value, json};

/// Components: two that are told about, and as many others as make a second page.
const COUNT: u64 = 23;

fn component(number: u64) -> Value {
    let name = format!("part-{number:02}");
    json!({"type": "library", "bom-ref": name, "name": name, "version": "3.1", "purl": format!("pkg:npm/{name}@3.1")})
}

fn bill(vulnerabilities: Value) -> Vec<u8> {
    let licence = json!([{"license": {"id": "MIT", "url": "https://example.com/mit"}}]);
    let mut components = vec![
        json!({"type": "library", "bom-ref": "a", "name": "alpaca", "version": "1.0", "purl": "pkg:npm/alpaca@1.0", "licenses": licence}),
        json!({"type": "library", "bom-ref": "b", "name": "bison", "version": "2.0", "purl": "pkg:npm/bison@2.0"}),
    ];
    components.extend((2..COUNT).map(component));
    let direct: Vec<String> = ["a".to_owned()].into_iter().chain((2..COUNT).map(|number| format!("part-{number:02}"))).collect();
    let bill = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5",
        "metadata": {
            "component": {"bom-ref": "app", "type": "application", "name": "app"},
            "properties": [{"name": "gitlab:dependency_scanning:input_file:path", "value": "web/package-lock.json"}],
        },
        "components": components,
        "dependencies": [{"ref": "app", "dependsOn": direct}, {"ref": "a", "dependsOn": ["b"]}],
        "vulnerabilities": vulnerabilities,
    });
    bill.to_string().into_bytes()
}

fn send(world: &World, number: u64, bill: &[u8]) {
    let upload = Upload::new("main", &sample::sha(number)).file("cyclonedx", "gl-sbom.cdx.json", bill);
    world.server.client().ingest(PROJECT, upload);
}

fn rows(screen: &Screen) -> Vec<String> {
    screen.hooks("dependency-row").iter().filter_map(|row| row.text_now()).collect()
}

#[test]
fn dependencies_are_listed_with_licence_way_and_open_vulnerabilities() {
    let world = World::empty();
    let screen = world.screen();
    screen.open_signed_in(&format!("/{PROJECT}/-/dependencies"));
    screen.wait_for_text("empty", "No dependencies yet");

    let rating = json!([{"severity": "high", "method": "CVSSv31"}]);
    let of_bison = json!({"id": "CVE-2020-8184", "ratings": rating, "affects": [{"ref": "b"}], "description": "Too large"});
    send(&world, 1, &bill(json!([of_bison])));
    screen.open(&format!("/{PROJECT}/-/dependencies"));
    screen.wait_for_count(COUNT);
    let shown = rows(&screen);
    assert_eq!(shown.len(), 20, "a page of them");
    let row = |name: &str| shown.iter().find(|row| row.contains(name)).unwrap_or_else(|| panic!("{name} in {shown:?}"));
    for part in ["1.0", "npm", "direct", "MIT", "web/package-lock.json"] {
        assert!(row("alpaca").contains(part), "{part} in {}", row("alpaca"));
    }
    for part in ["2.0", "transitive", "by way of alpaca 1.0", "CVE-2020-8184"] {
        assert!(row("bison").contains(part), "{part} in {}", row("bison"));
    }
    let licence = screen.browser.find("a[href=\"https://example.com/mit\"]");
    assert_eq!(licence.text(), "MIT");

    screen.hook("pager-next").click();
    screen.wait_for_address("page=2");
    screen.browser.wait("the second page", || (rows(&screen).len() == 3).then_some(()));
    screen.hook("only-vulnerable").click();
    screen.wait_for_address("filter=vulnerable");
    screen.wait_for_count(1);
    screen.browser.wait("the one that has a vulnerability", || {
        let shown = rows(&screen);
        (shown.len() == 1 && shown[0].contains("bison")).then_some(())
    });
    screen.browser.find("[data-testid=dependency-row] a[href*=\"/-/security/vulnerabilities/\"]").click();
    screen.wait_for_address("/-/security/vulnerabilities/");
    screen.wait_for_text("page-h1", "CVE-2020-8184");

    // It is mended: the next bill lists no vulnerability.
    send(&world, 2, &bill(json!([])));
    screen.open(&format!("/{PROJECT}/-/dependencies?filter=vulnerable"));
    screen.wait_for_text("empty", "No dependency with an open vulnerability");
    screen.hook("only-vulnerable").click();
    screen.wait_for_count(COUNT);
    screen.assert_quiet();
}
