//! The report types: what kind of scanner wrote a report (report format, section 1).

use serde::{Deserialize, Serialize};

/// Kind of a report, as handed in, never as guessed from its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportType {
    /// Static analysis of source.
    Sast,
    /// Known flaws of packages that the project uses.
    DependencyScanning,
    /// Known flaws of packages in an image.
    ContainerScanning,
    /// Attacks on a running web application.
    Dast,
    /// Secrets in source or history.
    SecretDetection,
    /// Crashes found by coverage-guided fuzzing.
    CoverageFuzzing,
    /// Faults found by fuzzing a web API.
    ApiFuzzing,
    /// Known flaws of packages in images that run in a cluster.
    ClusterImageScanning,
}

impl ReportType {
    /// All eight, in the order of GitLab's enum.
    pub const ALL: [ReportType; 8] = [
        ReportType::Sast,
        ReportType::DependencyScanning,
        ReportType::ContainerScanning,
        ReportType::Dast,
        ReportType::SecretDetection,
        ReportType::CoverageFuzzing,
        ReportType::ApiFuzzing,
        ReportType::ClusterImageScanning,
    ];

    /// The word of the API, of reports and of the finding's identity.
    pub const fn as_str(self) -> &'static str {
        match self {
            ReportType::Sast => "sast",
            ReportType::DependencyScanning => "dependency_scanning",
            ReportType::ContainerScanning => "container_scanning",
            ReportType::Dast => "dast",
            ReportType::SecretDetection => "secret_detection",
            ReportType::CoverageFuzzing => "coverage_fuzzing",
            ReportType::ApiFuzzing => "api_fuzzing",
            ReportType::ClusterImageScanning => "cluster_image_scanning",
        }
    }

    /// The words of the page.
    pub const fn label(self) -> &'static str {
        match self {
            ReportType::Sast => "SAST",
            ReportType::DependencyScanning => "Dependency scanning",
            ReportType::ContainerScanning => "Container scanning",
            ReportType::Dast => "DAST",
            ReportType::SecretDetection => "Secret detection",
            ReportType::CoverageFuzzing => "Coverage fuzzing",
            ReportType::ApiFuzzing => "API fuzzing",
            ReportType::ClusterImageScanning => "Cluster image scanning",
        }
    }

    /// GitLab's number of the type; part of the storage format.
    pub const fn number(self) -> u8 {
        match self {
            ReportType::Sast => 0,
            ReportType::DependencyScanning => 1,
            ReportType::ContainerScanning => 2,
            ReportType::Dast => 3,
            ReportType::SecretDetection => 4,
            ReportType::CoverageFuzzing => 5,
            ReportType::ApiFuzzing => 6,
            ReportType::ClusterImageScanning => 7,
        }
    }

    /// The type with that number.
    pub fn from_number(number: u8) -> Option<ReportType> {
        ReportType::ALL.get(usize::from(number)).copied()
    }

    /// Reads the API's word (lower case, underscores).
    pub fn parse(word: &str) -> Option<ReportType> {
        ReportType::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether a vulnerability of this type stays open when a scan no longer reports it: a leaked
    /// secret is not taken back by deleting the line (ingestion design, section 5.1).
    pub const fn needs_manual_resolution(self) -> bool {
        matches!(self, ReportType::SecretDetection)
    }
}

/// Kind of a file as handed in: a report of one type, or a foreign format that reports are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileType {
    /// A report of GitLab's format.
    Report(ReportType),
    /// SARIF 2.1.0; its results say which types of scan there are.
    Sarif,
    /// A CycloneDX SBOM; its vulnerabilities are dependency findings.
    CycloneDx,
}

impl FileType {
    /// The word of form fields, of `artifact_type` and of stored artifacts.
    pub const fn as_str(self) -> &'static str {
        match self {
            FileType::Report(kind) => kind.as_str(),
            FileType::Sarif => "sarif",
            FileType::CycloneDx => "cyclonedx",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<FileType> {
        FileType::all().find(|kind| kind.as_str() == word)
    }

    /// All of them, reports first.
    pub fn all() -> impl Iterator<Item = FileType> {
        ReportType::ALL.into_iter().map(FileType::Report).chain([FileType::Sarif, FileType::CycloneDx])
    }
}

impl From<ReportType> for FileType {
    fn from(kind: ReportType) -> FileType {
        FileType::Report(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_type_has_its_word() {
        assert_eq!(FileType::all().count(), 10);
        for kind in FileType::all() {
            assert_eq!(FileType::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(FileType::parse("license_scanning"), None);
    }

    #[test]
    fn words_and_numbers_round_trip() {
        for (number, kind) in ReportType::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(kind.number()), number);
            assert_eq!(ReportType::from_number(kind.number()), Some(kind));
            assert_eq!(ReportType::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(ReportType::parse("SAST"), None);
        assert_eq!(ReportType::from_number(8), None);
    }
}
