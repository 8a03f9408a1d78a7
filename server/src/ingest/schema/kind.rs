//! The seven schemas behind the eight report types (report format, section 1).
//!
//! It must not know versions.

use casemate_shared::ReportType;
use serde::Deserialize;

/// A schema of its own: `api_fuzzing` has none and uses that of `dast`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Sast,
    SecretDetection,
    DependencyScanning,
    ContainerScanning,
    ClusterImageScanning,
    Dast,
    CoverageFuzzing,
}

impl Kind {
    pub(super) const ALL: [Kind; 7] = [
        Kind::Sast,
        Kind::SecretDetection,
        Kind::DependencyScanning,
        Kind::ContainerScanning,
        Kind::ClusterImageScanning,
        Kind::Dast,
        Kind::CoverageFuzzing,
    ];

    /// The schema of a report type.
    pub(super) const fn of(report_type: ReportType) -> Kind {
        match report_type {
            ReportType::Sast => Kind::Sast,
            ReportType::SecretDetection => Kind::SecretDetection,
            ReportType::DependencyScanning => Kind::DependencyScanning,
            ReportType::ContainerScanning => Kind::ContainerScanning,
            ReportType::ClusterImageScanning => Kind::ClusterImageScanning,
            ReportType::Dast | ReportType::ApiFuzzing => Kind::Dast,
            ReportType::CoverageFuzzing => Kind::CoverageFuzzing,
        }
    }

    /// Name of its file, without the ending.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Kind::Sast => "sast",
            Kind::SecretDetection => "secret_detection",
            Kind::DependencyScanning => "dependency_scanning",
            Kind::ContainerScanning => "container_scanning",
            Kind::ClusterImageScanning => "cluster_image_scanning",
            Kind::Dast => "dast",
            Kind::CoverageFuzzing => "coverage_fuzzing",
        }
    }

    /// Text of its file: a merge patch over the common schema, at the newest version.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Kind::Sast => include_str!("../../../../schemas/report/sast.json"),
            Kind::SecretDetection => {
                include_str!("../../../../schemas/report/secret_detection.json")
            }
            Kind::DependencyScanning => {
                include_str!("../../../../schemas/report/dependency_scanning.json")
            }
            Kind::ContainerScanning => {
                include_str!("../../../../schemas/report/container_scanning.json")
            }
            Kind::ClusterImageScanning => {
                include_str!("../../../../schemas/report/cluster_image_scanning.json")
            }
            Kind::Dast => include_str!("../../../../schemas/report/dast.json"),
            Kind::CoverageFuzzing => {
                include_str!("../../../../schemas/report/coverage_fuzzing.json")
            }
        }
    }
}
