//! Nothing loses its last owner, the instance not its last administrator, and no group ends up in itself: one request
//! after the other, and many at once. Must not know: how it is seen to.

use crate::people::{add, group, person, place_token, put};
use casemate_tests::{Answer, Client, TestServer};
use serde_json::{Value, json};
use std::sync::Barrier;

/// Does all of it at the same moment; the answers in the same order.
fn at_once<'a>(acts: Vec<Box<dyn Fn() -> Answer + Send + Sync + 'a>>) -> Vec<Answer> {
    let barrier = Barrier::new(acts.len());
    std::thread::scope(|scope| {
        let all: Vec<_> = acts
            .iter()
            .map(|act| {
                scope.spawn(|| {
                    barrier.wait();
                    act()
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut all: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    all.sort_unstable();
    all
}

fn owners(root: &Client, place: &str) -> Vec<u64> {
    let members: Vec<Value> = root.get(&format!("{place}/members")).expect(200).read();
    members.iter().filter(|one| one["access_level"] == 50).map(|one| one["id"].as_u64().unwrap()).collect()
}

#[test]
fn a_group_keeps_an_owner_who_may_act_for_good() {
    let server = TestServer::start();
    let root = server.client();
    let [anna, bert] = ["anna", "bert"].map(|name| person(&server, name));
    let place = format!("/api/v4/groups/{}", group(&anna.client, "team"));
    let member = |who: u64| format!("{place}/members/{who}");
    let refused = |client: &Client| {
        client.delete(&member(anna.id)).expect(403);
        put(client, &member(anna.id), &json!({"access_level": 40})).expect(403);
        put(client, &member(anna.id), &json!({"access_level": 50, "expires_at": "2099-01-01"})).expect(403);
    };
    refused(&anna.client);
    // Neither the bot of a token, nor one whose time ends, nor one who is blocked is an owner for good.
    place_token(&server, &anna.client, &place, "api", 50);
    let until = json!({"user_id": bert.id, "access_level": 50, "expires_at": "2099-01-01"});
    anna.client.post(&format!("{place}/members"), &until).expect(201);
    refused(&anna.client);
    let is_needed = || root.delete(&format!("/api/v4/users/{}", anna.id)).expect(409);
    is_needed();
    put(&anna.client, &member(bert.id), &json!({"access_level": 50, "expires_at": ""})).expect(200);
    root.post(&format!("/api/v4/users/{}/block", bert.id), &json!({})).expect(201);
    refused(&anna.client);
    is_needed();
    root.post(&format!("/api/v4/users/{}/unblock", bert.id), &json!({})).expect(201);
    put(&anna.client, &member(anna.id), &json!({"access_level": 40})).expect(200);
    assert_eq!(owners(&root, &place).iter().filter(|id| **id == bert.id).count(), 1);
    root.delete(&format!("/api/v4/users/{}", anna.id)).expect(204);
}

#[test]
fn two_owners_can_not_both_go_at_once() {
    let server = TestServer::start();
    let root = server.client();
    let [anna, bert] = ["anna", "bert"].map(|name| person(&server, name));
    for round in 0..12 {
        let place = format!("/api/v4/groups/{}", group(&anna.client, &format!("team{round}")));
        add(&anna.client, &place, bert.id, 50);
        let member = |who: u64| format!("{place}/members/{who}");
        // By turns: each takes the other out, or both leave.
        let (first, second) = if round % 2 == 0 { (bert.id, anna.id) } else { (anna.id, bert.id) };
        let answers =
            at_once(vec![Box::new(|| anna.client.delete(&member(first))), Box::new(|| bert.client.delete(&member(second)))]);
        let codes = statuses(&answers);
        assert!(codes[0] == 204 && [403, 404].contains(&codes[1]), "{codes:?}");
        assert_eq!(owners(&root, &place).len(), 1);
    }
}

#[test]
fn there_is_an_administrator_whatever_two_of_them_do() {
    let server = TestServer::start();
    let root = server.client();
    let anna = person(&server, "anna");
    put(&root, &format!("/api/v4/users/{}", anna.id), &json!({"admin": true})).expect(200);
    let (one, other) = (format!("/api/v4/users/{}", anna.id), "/api/v4/users/1".to_owned());
    for round in 0..6 {
        let answers = at_once(match round % 3 {
            0 => vec![
                Box::new(|| put(&root, &one, &json!({"admin": false}))),
                Box::new(|| put(&anna.client, &other, &json!({"admin": false}))),
            ],
            1 => vec![
                Box::new(|| put(&root, "/api/v4/users/1", &json!({"admin": false}))),
                Box::new(|| put(&anna.client, &one, &json!({"admin": false}))),
            ],
            _ => vec![
                Box::new(|| root.post(&format!("{one}/deactivate"), &json!({}))),
                Box::new(|| anna.client.post(&format!("{other}/deactivate"), &json!({}))),
            ],
        });
        let codes = statuses(&answers);
        assert!([200, 201].contains(&codes[0]) && codes[1] == 403, "{codes:?}");
        let rules = |client: &Client| client.get("/api/v4/admin/storage").status == 200;
        assert!(rules(&root) != rules(&anna.client), "one of the two");
        let left = if rules(&root) { &root } else { &anna.client };
        for path in [&one, &other] {
            left.post(&format!("{path}/activate"), &json!({})).expect(201);
            put(left, path, &json!({"admin": true})).expect(200);
        }
    }
    root.delete(&one).expect(204);
    put(&root, &other, &json!({"admin": false})).expect(403);
    for act in ["block", "deactivate"] {
        root.post(&format!("{other}/{act}"), &json!({})).expect(403);
    }
    root.delete(&other).expect(403);
}

#[test]
fn groups_that_move_into_each_other_at_once_make_no_circle() {
    let server = TestServer::start();
    let anna = person(&server, "anna").client;
    for round in 0..10 {
        let [a, b, c] = ["a", "b", "c"].map(|name| group(&anna, &format!("{name}{round}")));
        let into = |group: u64, other: u64| anna.post(&format!("/api/v4/groups/{group}/transfer"), &json!({"group_id": other}));
        let answers = at_once(vec![Box::new(|| into(a, b)), Box::new(|| into(b, c)), Box::new(|| into(c, a))]);
        assert_eq!(statuses(&answers), [201, 201, 400]);
        let tops = [a, b, c].map(|id| anna.get(&format!("/api/v4/groups/{id}")).expect(200).json());
        assert_eq!(tops.iter().filter(|group| group["parent_id"].is_null()).count(), 1);
        let depths: Vec<usize> = tops.iter().map(|group| group["full_path"].as_str().unwrap().split('/').count()).collect();
        assert_eq!(depths.iter().sum::<usize>(), 6, "one below the other: {depths:?}");
        into(a, a).expect(400);
    }
}

#[test]
fn a_path_that_many_want_at_once_is_given_once() {
    let server = TestServer::start();
    let root = server.client();
    let people = ["anna", "bert", "carl"].map(|name| person(&server, name).client);
    let spelt = |number: usize, word: &str| if number.is_multiple_of(2) { word.to_owned() } else { word.to_uppercase() };
    let taken = |answers: Vec<Answer>| {
        let codes = statuses(&answers);
        assert!(codes[0] == 201 && codes[1..].iter().all(|code| [400, 404, 409].contains(code)), "{codes:?}");
    };
    let (spelt, people, root) = (&spelt, &people, &root);
    let six = |act: &'static (dyn Fn(&Client, &Client, String, usize) -> Answer + Send + Sync)| {
        let one = |n: usize| -> Box<dyn Fn() -> Answer + Send + Sync> {
            Box::new(move || act(root, &people[n % 3], spelt(n, "same"), n))
        };
        taken(at_once((0..6).map(one).collect()));
    };
    six(&|root, _, name, n| {
        let mail = format!("m{n}@example.test");
        root.post(
            "/api/v4/users",
            &json!({"username": format!("u{name}"), "name": "n", "email": mail, "password": "pass phrase"}),
        )
    });
    six(&|_, who, path, _| who.post("/api/v4/groups", &json!({"name": "n", "path": path})));
    six(&|_, who, path, _| who.post("/api/v4/projects", &json!({"name": "n", "path": path, "namespace_path": "shared"})));
}

#[test]
fn a_token_that_is_rotated_many_times_at_once_becomes_one() {
    let server = TestServer::start();
    let anna = person(&server, "anna").client;
    for _ in 0..6 {
        let made = anna.post("/api/v4/user/personal_access_tokens", &json!({"name": "t", "scopes": ["api"]})).expect(201).json();
        let old = server.anonymous().with_token(made["token"].as_str().unwrap());
        let rotate = || old.post("/api/v4/personal_access_tokens/self/rotate", &json!({}));
        let answers = at_once((0..4).map(|_| Box::new(rotate) as Box<dyn Fn() -> Answer + Send + Sync>).collect());
        let fresh: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(fresh.len(), 1, "{:?}", statuses(&answers));
        old.get("/api/v4/user").expect(401);
        // It works, unless one of the others came late enough to be a second use of the old one.
        let text = fresh[0].json()["token"].as_str().unwrap().to_owned();
        let came_late = answers.iter().any(|answer| answer.status == 401);
        server.anonymous().with_token(&text).get("/api/v4/user").expect(if came_late { 401 } else { 200 });
    }
}
