//! A schema as a list of simple rules that accept a part of what it accepts, on the flat list of a
//! finding's values. Many times cheaper than the schema itself, and enough for what scanners really write.
//! Where a rule can't prove that a value is right, or the schema has a construct unknown here, it says no,
//! and the schema itself has to judge.
//!
//! It must not know versions, findings, or what to say about a violation.

use super::validator::compiled;
use crate::domain::json::Json;
use crate::domain::tape::{Item, Kind};
use jsonschema::Validator;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The rules of a composed schema.
#[derive(Debug)]
pub(super) struct Quick {
    rules: Vec<Rule>,
    finding: RuleId,
}

type RuleId = usize;

/// Most members that one rule names: each has a bit.
const MOST_MEMBERS: usize = 64;

/// One schema. Every part that it does not have is as wide as it can be.
#[derive(Debug)]
struct Rule {
    /// Whether the schema has a construct that is unknown here: then nothing is sure.
    is_unsure: bool,
    /// Bits of the kinds allowed.
    kinds: u8,
    members: Vec<(String, RuleId)>,
    /// Bits of the members that have to be there.
    required: u64,
    /// Members that demand others.
    dependencies: Vec<(u64, u64)>,
    each_member: Option<RuleId>,
    each_entry: Option<RuleId>,
    entries: (usize, usize),
    /// Characters of a text.
    length: (usize, usize),
    words: Option<Vec<String>>,
    text: Option<TextRule>,
    minimum: Option<i64>,
    all_of: Vec<RuleId>,
    any_of: Vec<RuleId>,
    /// What holds if the member `type` is one of the words.
    by_type: Vec<(Vec<String>, RuleId)>,
}

/// What a text has to be.
#[derive(Debug)]
enum TextRule {
    /// An address: one of the schemes, and something behind it.
    Address(&'static [&'static str]),
    /// What the validator says.
    Other(Box<Validator>),
}

impl Default for Rule {
    fn default() -> Rule {
        Rule {
            is_unsure: false,
            kinds: u8::MAX,
            members: Vec::new(),
            required: 0,
            dependencies: Vec::new(),
            each_member: None,
            each_entry: None,
            entries: (0, usize::MAX),
            length: (0, usize::MAX),
            words: None,
            text: None,
            minimum: None,
            all_of: Vec::new(),
            any_of: Vec::new(),
            by_type: Vec::new(),
        }
    }
}

impl Rule {
    fn unsure() -> Rule {
        Rule { is_unsure: true, ..Rule::default() }
    }

    /// Place of a member among those that the rule names; new ones may hold `any`.
    fn member(&mut self, name: &str, any: RuleId) -> Option<usize> {
        let place = self.members.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            self.members.push((name.to_owned(), any));
            self.members.len() - 1
        });
        (place < MOST_MEMBERS).then_some(place)
    }

    /// Bits of several members.
    fn bits(&mut self, names: &Value, any: RuleId) -> Option<u64> {
        names.as_array()?.iter().try_fold(0, |bits, name| Some(bits | 1 << self.member(name.as_str()?, any)?))
    }
}

const fn bit(kind: Kind) -> u8 {
    match kind {
        Kind::Null => 1,
        Kind::Bool => 2,
        Kind::Integer => 4,
        Kind::Fraction => 8,
        Kind::Text => 16,
        Kind::Array => 32,
        Kind::Object => 64,
    }
}

/// Turns schemas into rules, each definition once.
struct Compiler<'s> {
    definitions: &'s Map<String, Value>,
    rules: Vec<Rule>,
    named: HashMap<&'s str, RuleId>,
}

/// The rule that allows everything.
const ANY: RuleId = 0;
/// The rule that is never sure.
const UNSURE: RuleId = 1;

impl Quick {
    /// The rules behind `#/definitions/finding`.
    pub(super) fn compile(definitions: &Value) -> Quick {
        let none = Map::new();
        let definitions = definitions.as_object().unwrap_or(&none);
        let mut compiler = Compiler { definitions, rules: vec![Rule::default(), Rule::unsure()], named: HashMap::new() };
        let finding = compiler.definition("finding");
        Quick { rules: compiler.rules, finding }
    }

    /// Whether a finding is sure to fit.
    pub(super) fn accepts_finding(&self, finding: Item<'_>) -> bool {
        self.accepts(self.finding, finding)
    }

    fn accepts(&self, rule: RuleId, value: Item<'_>) -> bool {
        let Some(rule) = self.rules.get(rule).filter(|rule| !rule.is_unsure) else { return false };
        let kind = value.kind();
        rule.kinds & bit(kind) != 0
            && (rule.words.is_none() || rule.accepts_word(value))
            && match kind {
                Kind::Text => rule.accepts_text(value.as_text().unwrap_or_default()),
                Kind::Integer => rule.minimum.is_none_or(|least| value.as_i64().is_some_and(|number| number >= least)),
                Kind::Fraction => rule.minimum.is_none(),
                Kind::Array => self.accepts_entries(rule, value),
                Kind::Object => self.accepts_members(rule, value),
                Kind::Null | Kind::Bool => true,
            }
            && rule.all_of.iter().all(|part| self.accepts(*part, value))
            && (rule.any_of.is_empty() || rule.any_of.iter().any(|part| self.accepts(*part, value)))
            && (rule.by_type.is_empty() || self.accepts_by_type(rule, value))
    }

    fn accepts_entries(&self, rule: &Rule, value: Item<'_>) -> bool {
        let (least, most) = rule.entries;
        (least..=most).contains(&value.count())
            && rule.each_entry.is_none_or(|each| value.entries().all(|entry| self.accepts(each, entry)))
    }

    fn accepts_members(&self, rule: &Rule, value: Item<'_>) -> bool {
        let mut there = 0u64;
        for (name, member) in value.members() {
            if let Some(place) = rule.members.iter().position(|(known, _)| known == name) {
                there |= 1 << place;
                if !rule.members.get(place).is_some_and(|(_, inner)| self.accepts(*inner, member)) {
                    return false;
                }
            }
            if !rule.each_member.is_none_or(|each| self.accepts(each, member)) {
                return false;
            }
        }
        let is_met = |(demanding, demanded): &(u64, u64)| there & demanding == 0 || there & demanded == *demanded;
        there & rule.required == rule.required && rule.dependencies.iter().all(is_met)
    }

    fn accepts_by_type(&self, rule: &Rule, value: Item<'_>) -> bool {
        let Some(name) = value.get("type").and_then(Json::as_text) else { return true };
        let applies = |words: &[String]| words.iter().any(|word| word == name);
        rule.by_type.iter().filter(|(words, _)| applies(words)).all(|(_, then)| self.accepts(*then, value))
    }
}

impl Rule {
    fn accepts_word(&self, value: Item<'_>) -> bool {
        let text = value.as_text();
        self.words.iter().flatten().any(|word| Some(word.as_str()) == text)
    }

    fn accepts_text(&self, text: &str) -> bool {
        let (least, most) = self.length;
        let is_long_enough = least <= 1 && text.len() >= least || least > 1 && text.chars().count() >= least;
        let is_short_enough = text.len() <= most || text.chars().count() <= most;
        is_long_enough && is_short_enough && self.text.as_ref().is_none_or(|rule| rule.accepts(text))
    }
}

impl TextRule {
    /// The rule for a part of a schema that speaks of texts only.
    fn compile(part: Map<String, Value>) -> Option<TextRule> {
        match part.get("pattern").and_then(Value::as_str) {
            Some("^https?://.+") if part.len() == 1 => Some(TextRule::Address(&["http://", "https://"])),
            Some("^(https?|ftp)://.+") if part.len() == 1 => Some(TextRule::Address(&["http://", "https://", "ftp://"])),
            _ => compiled(&Value::Object(part)).ok().map(|validator| TextRule::Other(Box::new(validator))),
        }
    }

    fn accepts(&self, text: &str) -> bool {
        match self {
            // A line break is no character of the pattern; anything that may be one is left to the schema.
            TextRule::Address(schemes) => schemes.iter().any(|scheme| {
                text.strip_prefix(scheme).is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_graphic()))
            }),
            TextRule::Other(validator) => validator.is_valid(&Value::String(text.to_owned())),
        }
    }
}

impl<'s> Compiler<'s> {
    fn add(&mut self, rule: Rule) -> RuleId {
        self.rules.push(rule);
        self.rules.len() - 1
    }

    fn definition(&mut self, name: &'s str) -> RuleId {
        if let Some(known) = self.named.get(name) {
            return *known;
        }
        // Named before it is read: a definition may refer to itself.
        let id = self.add(Rule::unsure());
        self.named.insert(name, id);
        if let Some(schema) = self.definitions.get(name) {
            let rule = self.rule(schema);
            if let Some(place) = self.rules.get_mut(id) {
                *place = rule;
            }
        }
        id
    }

    fn compile(&mut self, schema: &'s Value) -> RuleId {
        if let Some(target) = schema.get("$ref") {
            let name = target.as_str().and_then(|target| target.strip_prefix("#/definitions/"));
            // What stands beside a reference does not count in this draft; nobody should rely on that.
            let is_alone = schema.as_object().is_some_and(|members| members.len() == 1);
            return name.filter(|_| is_alone).map_or(UNSURE, |name| self.definition(name));
        }
        match schema {
            Value::Bool(true) => ANY,
            Value::Object(_) => {
                let rule = self.rule(schema);
                self.add(rule)
            }
            _ => UNSURE,
        }
    }

    fn rule(&mut self, schema: &'s Value) -> Rule {
        let Some(members) = schema.as_object() else { return Rule::unsure() };
        let mut rule = Rule::default();
        let mut of_texts = Map::new();
        for (keyword, value) in members {
            let is_known = match keyword.as_str() {
                "pattern" | "format" => of_texts.insert(keyword.clone(), value.clone()).is_none(),
                _ => self.keyword(&mut rule, keyword, value).is_some(),
            };
            if !is_known {
                return Rule::unsure();
            }
        }
        if !of_texts.is_empty() {
            rule.text = TextRule::compile(of_texts);
            rule.is_unsure |= rule.text.is_none();
        }
        rule
    }

    /// Takes one keyword in. None if it, or what it says, is unknown here.
    fn keyword(&mut self, rule: &mut Rule, keyword: &str, value: &'s Value) -> Option<()> {
        let number = || usize::try_from(value.as_u64()?).ok();
        match keyword {
            "title" | "description" | "$schema" => {}
            "type" => rule.kinds = kinds(value)?,
            "const" => rule.words = Some(vec![value.as_str()?.to_owned()]),
            "enum" => rule.words = Some(words(value)?),
            "minLength" => rule.length.0 = number()?,
            "maxLength" => rule.length.1 = number()?,
            "minItems" => rule.entries.0 = number()?,
            "maxItems" => rule.entries.1 = number()?,
            "minimum" => rule.minimum = Some(value.as_i64()?),
            "required" => rule.required |= rule.bits(value, ANY)?,
            "items" => rule.each_entry = Some(self.compile(value)),
            "allOf" => rule.all_of = self.parts(rule, value)?,
            "anyOf" => rule.any_of = value.as_array()?.iter().map(|part| self.compile(part)).collect(),
            "properties" => self.members(rule, value)?,
            "patternProperties" => rule.each_member = Some(self.every_member(value)?),
            "dependencies" => {
                for (name, others) in value.as_object()? {
                    let demanding = 1 << rule.member(name, ANY)?;
                    let demanded = rule.bits(others, ANY)?;
                    rule.dependencies.push((demanding, demanded));
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn members(&mut self, rule: &mut Rule, value: &'s Value) -> Option<()> {
        for (name, schema) in value.as_object()? {
            let inner = self.compile(schema);
            let place = rule.member(name, ANY)?;
            rule.members.get_mut(place)?.1 = inner;
        }
        Some(())
    }

    /// Every member has to fit, also one whose name the pattern would leave out.
    fn every_member(&mut self, value: &'s Value) -> Option<RuleId> {
        let patterns = value.as_object().filter(|patterns| patterns.len() == 1)?;
        patterns.get("^.*$").map(|schema| self.compile(schema))
    }

    /// The parts of an `allOf` that always apply; those that hang on the member `type` go into the rule.
    fn parts(&mut self, rule: &mut Rule, value: &'s Value) -> Option<Vec<RuleId>> {
        let mut parts = Vec::new();
        for part in value.as_array()? {
            match part.get("if") {
                None => parts.push(self.compile(part)),
                Some(condition) => {
                    let members = part.as_object().filter(|members| members.len() == 2)?;
                    let then = self.compile(members.get("then")?);
                    rule.by_type.push((types(condition)?, then));
                }
            }
        }
        Some(parts)
    }
}

fn kinds(value: &Value) -> Option<u8> {
    let kinds = |name: &str| match name {
        "null" => Some(bit(Kind::Null)),
        "boolean" => Some(bit(Kind::Bool)),
        // A fraction may be a whole number; that is for the schema to say.
        "integer" => Some(bit(Kind::Integer)),
        "number" => Some(bit(Kind::Integer) | bit(Kind::Fraction)),
        "string" => Some(bit(Kind::Text)),
        "array" => Some(bit(Kind::Array)),
        "object" => Some(bit(Kind::Object)),
        _ => None,
    };
    match value {
        Value::String(name) => kinds(name),
        Value::Array(names) => names.iter().try_fold(0, |bits, name| Some(bits | kinds(name.as_str()?)?)),
        _ => None,
    }
}

fn words(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|word| word.as_str().map(str::to_owned)).collect()
}

/// The words of a condition of the one known form: the member `type` is there and one of them.
fn types(condition: &Value) -> Option<Vec<String>> {
    let members = condition.as_object().filter(|members| members.len() == 2)?;
    let required = members.get("required")?.as_array().filter(|names| names.len() == 1)?;
    let properties = members.get("properties")?.as_object().filter(|names| names.len() == 1)?;
    let one = properties.get("type")?.as_object().filter(|members| members.len() == 1)?;
    if required.first()?.as_str() != Some("type") {
        return None;
    }
    match (one.get("const"), one.get("enum")) {
        (Some(word), _) => Some(vec![word.as_str()?.to_owned()]),
        (_, Some(all)) => words(all),
        _ => None,
    }
}
