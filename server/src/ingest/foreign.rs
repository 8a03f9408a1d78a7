//! Foreign formats on their way into the one pipeline of stages: a file of another format becomes one or
//! several sections, each a scan of one report type, and each section a report of our own form that the
//! stages read like any other.
//!
//! Must not know: SARIF and CycloneDX (their rooms convert), and of the store only which scanners a project
//! had. The uploaded file stays as it is; what is made here lives in memory while a scan is read.

pub mod entry;
pub mod members;

use super::examine::{self, Context, Examined, MOST_ERRORS};
use super::file::ReportFile;
use super::spool::{SpoolError, SpooledFile};
use super::{IngestError, Room, cyclonedx, sarif};
use crate::domain::pipeline::{Artifact, Pipeline, Section};
use crate::domain::sbom::Sbom;
use crate::domain::scan::{Message, Scan, Tool};
use crate::store::{Reads, StoreError, records, scans};
use casemate_shared::{FileType, ReportType};
use serde_json::{Value, json};

/// Version of the report form that sections are written in.
const FORM: &str = "15.2.4";
/// What stands in a required member that the file does not give; taken out again after the stages read it.
const NOT_TOLD: &str = "not told";

/// A section in our own form, before the stages judge it.
#[derive(Debug, Default)]
pub struct Converted {
    /// Version that the file declares.
    pub version: Option<String>,
    /// The scanner.
    pub tool: Option<Tool>,
    /// `success` or `failure`, if told.
    pub report_status: Option<String>,
    /// When the scan began, `YYYY-MM-DDThh:mm:ss`.
    pub start_time: Option<String>,
    /// When it ended.
    pub end_time: Option<String>,
    /// Whether a part only was looked at or could be taken.
    pub partial: bool,
    /// What keeps it from being stored.
    pub errors: Vec<Message>,
    /// What is odd.
    pub warnings: Vec<Message>,
    /// Findings in our form, each with its pointer in the file.
    pub entries: Vec<(String, Value)>,
    /// What can't become a finding: pointer and reason.
    pub rejected: Vec<(String, String)>,
    /// Entries behind the ones in `rejected`, of a file that has too many of them.
    pub more_rejected: u64,
    /// Components of an SBOM.
    pub sbom: Option<Sbom>,
}

impl Converted {
    /// A file that can't be read.
    pub fn error(message: Message) -> Converted {
        Converted { errors: vec![message], ..Converted::default() }
    }
}

/// What a scan's file says, ready for the stages behind.
pub struct Read {
    /// The bytes that the candidates' ranges mean.
    pub file: ReportFile,
    /// The verdict.
    pub examined: Examined,
    /// Components of an SBOM.
    pub sbom: Option<Sbom>,
}

/// The scans that a file gives, told from its content. A file that can't be read gives one, which will say why.
///
/// # Errors
/// When the disk fails.
pub fn sections(room: &Room, file_type: FileType, spooled: &SpooledFile) -> Result<Vec<Section>, IngestError> {
    let one = |report_type| vec![Section { run: 0, report_type, scanner: None }];
    match file_type {
        FileType::Report(report_type) => Ok(one(report_type)),
        FileType::CycloneDx => Ok(one(ReportType::DependencyScanning)),
        FileType::Sarif => match ReportFile::open(spooled.path(), spooled.size, spooled.gzip, &room.spool) {
            Ok(file) => Ok(Some(sarif::sections(file.bytes())).filter(|all| !all.is_empty()).unwrap_or(one(ReportType::Sast))),
            Err(SpoolError::Gzip { .. } | SpoolError::Limit(_)) => Ok(one(ReportType::Sast)),
            Err(error) => Err(error.into()),
        },
    }
}

/// The sections, and on the default branch those of the types that the same scanner reported before: that it
/// finds nothing of them any more is news, too.
///
/// # Errors
/// When the store fails.
pub fn all_sections(tx: &impl Reads, pipeline: &Pipeline, told: &[Section]) -> Result<Vec<(u64, ReportType)>, StoreError> {
    let mut all: Vec<(u64, ReportType)> = told.iter().map(|section| (section.run, section.report_type)).collect();
    if !pipeline.on_default_branch || told.iter().all(|section| section.scanner.is_none()) {
        return Ok(all);
    }
    let earlier = scans::promotions(tx, pipeline.project_id)?;
    for section in told {
        let Some(scanner) = &section.scanner else { continue };
        let Some(scanner) = records::find_scanner_by_external_id(tx, pipeline.project_id, scanner)? else { continue };
        for (report_type, _, _) in earlier.iter().filter(|(_, id, _)| *id == scanner.id) {
            if !all.contains(&(section.run, *report_type)) {
                all.push((section.run, *report_type));
            }
        }
    }
    all.sort_unstable();
    Ok(all)
}

/// What keeps a file of a foreign format, or entries of it, from being stored: all of it, for the ledger.
pub struct Faults {
    /// What is wrong with the whole.
    pub whole: Vec<Message>,
    /// Pointer and reason of each entry that can't become a finding.
    pub entries: Vec<(String, String)>,
    /// Pointers of the entries that are right.
    pub right: Vec<String>,
}

/// The faults of a scan's file; none if it is a report of our own form.
pub fn faults(bytes: &[u8], scan: &Scan, artifact: &Artifact, context: &Context<'_>) -> Option<Faults> {
    let mut converted = convert(bytes, scan, artifact, context)?;
    if converted.errors.is_empty() {
        in_our_form(&mut converted, context);
    }
    let mut entries = converted.rejected;
    if converted.more_rejected > 0 && converted.errors.is_empty() {
        entries.push((String::new(), format!("{} more, behind the limits of one file", converted.more_rejected)));
    }
    let right = converted.entries.into_iter().map(|(pointer, _)| pointer).collect();
    Some(Faults { whole: converted.errors, entries, right })
}

fn convert(bytes: &[u8], scan: &Scan, artifact: &Artifact, context: &Context<'_>) -> Option<Converted> {
    match FileType::parse(&artifact.file_type) {
        Some(FileType::Sarif) => Some(sarif::convert(bytes, scan.run, context.report_type)),
        Some(FileType::CycloneDx) => Some(cyclonedx::convert(bytes, &artifact.filename)),
        Some(FileType::Report(_)) | None => None,
    }
}

/// Reads a scan's file if it is of a foreign format; answers the file again if it is a report of our own form.
pub fn read(file: ReportFile, scan: &Scan, artifact: &Artifact, context: &Context<'_>) -> Result<Read, ReportFile> {
    let Some(converted) = convert(file.bytes(), scan, artifact, context) else { return Err(file) };
    drop(file);
    Ok(judge(converted, context))
}

/// The verdict on a converted section.
pub fn judge(mut converted: Converted, context: &Context<'_>) -> Read {
    let declared = (converted.entries.len() + converted.rejected.len()) as u64 + converted.more_rejected;
    let sbom = converted.sbom.take();
    if !converted.errors.is_empty() || (converted.entries.is_empty() && converted.tool.is_none()) {
        let mut examined = Examined { declared, rejected: declared, ..Examined::default() };
        tell(&converted, &mut examined);
        return Read { file: ReportFile::of(Vec::new()), examined, sbom };
    }
    let bytes = in_our_form(&mut converted, context);
    let mut examined = examine::examine(&bytes, context);
    for message in examined.errors.iter_mut().chain(&mut examined.warnings) {
        point_into_file(message, &converted.entries);
    }
    examined.declared = declared;
    examined.rejected = if examined.errors.is_empty() { declared - examined.candidates.len() as u64 } else { declared };
    tell(&converted, &mut examined);
    Read { file: ReportFile::of(bytes), examined, sbom }
}

/// The section as the text of a report. An entry that the schema of our own form would refuse is rejected
/// here, so that it doesn't take the others with it.
fn in_our_form(converted: &mut Converted, context: &Context<'_>) -> Vec<u8> {
    if let Ok(selection) = context.schemas.select(context.report_type, Some(FORM)) {
        let mut rejected = Vec::new();
        converted.entries.retain_mut(|(pointer, entry)| {
            let fits = selection.validator.accepts_finding(entry)
                || (entry::without_extras(entry) && selection.validator.accepts_finding(entry));
            if !fits {
                rejected.push((pointer.clone(), "it has no form that a finding could have".to_owned()));
            }
            fits
        });
        converted.rejected.extend(rejected);
    }
    let entries: Vec<&Value> = converted.entries.iter().map(|(_, entry)| entry).collect();
    let tool = converted.tool.as_ref();
    let text = |read: fn(&Tool) -> &str| tool.map(read).filter(|text| !text.is_empty()).unwrap_or(NOT_TOLD);
    let scanner = json!({
        "id": text(|tool| &tool.external_id),
        "name": text(|tool| &tool.name),
        "version": text(|tool| &tool.version),
        "vendor": {"name": text(|tool| &tool.vendor)},
    });
    let report = json!({
        "version": FORM,
        "scan": {
            "type": context.report_type.as_str(),
            "status": converted.report_status.as_deref().unwrap_or("success"),
            "start_time": converted.start_time.as_deref().unwrap_or("1970-01-01T00:00:00"),
            "end_time": converted.end_time.as_deref().unwrap_or("1970-01-01T00:00:00"),
            "analyzer": scanner,
            "scanner": scanner,
        },
        "vulnerabilities": entries,
    });
    report.to_string().into_bytes()
}

/// Takes out what our form made up, and adds what only the file knows.
fn tell(converted: &Converted, examined: &mut Examined) {
    examined.schema_version = converted.version.clone();
    examined.scanner = converted.tool.clone();
    examined.analyzer = None;
    examined.report_status = converted.report_status.clone();
    examined.start_time = converted.start_time.clone();
    examined.end_time = converted.end_time.clone();
    examined.partial = converted.partial;
    for tool in &mut examined.tools {
        if let Some(told) = converted.tool.as_ref().filter(|told| told.external_id == tool.external_id) {
            *tool = told.clone();
        }
    }
    examined.errors.extend(converted.errors.iter().cloned());
    examined.warnings.extend(converted.warnings.iter().cloned());
    let told = converted.rejected.iter().take(MOST_ERRORS);
    examined.warnings.extend(told.map(|(pointer, reason)| Message::at("Parsing", pointer, format!("{reason}: it was rejected"))));
    let more = converted.rejected.len().saturating_sub(MOST_ERRORS) as u64 + converted.more_rejected;
    if more > 0 {
        examined.warnings.push(Message::new("Parsing", format!("{more} more entries were rejected")));
    }
}

/// `/vulnerabilities/3/location` of the section becomes `/runs/0/results/17/location` of the file.
fn point_into_file(message: &mut Message, entries: &[(String, Value)]) {
    let Some(place) = message.place.as_deref().and_then(|place| place.strip_prefix("/vulnerabilities/")) else { return };
    let (index, rest) = place.find('/').map_or((place, ""), |at| place.split_at(at));
    if let Some((pointer, _)) = index.parse::<usize>().ok().and_then(|index| entries.get(index)) {
        message.place = Some(format!("{pointer}{rest}"));
    }
}
