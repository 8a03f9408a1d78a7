//! Tests of the spool: limits, gzip in all its states, and what stays on disk.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

const SMALL: UploadLimits =
    UploadLimits { file_bytes: 1 << 20, ratio: 100, ratio_free_bytes: 64 << 10, request_bytes: 4 << 20, json_depth: 64 };

struct Place {
    dir: tempfile::TempDir,
    spool: Spool,
    store: ArtifactStore,
}

fn place(limits: UploadLimits) -> Place {
    let dir = tempfile::tempdir().unwrap();
    let spool = Spool::new(dir.path().join("spool"), limits).unwrap();
    let store = ArtifactStore::new(dir.path().join("artifacts")).unwrap();
    Place { dir, spool, store }
}

impl Place {
    fn spooled(&self, bytes: &[u8]) -> SpooledFile {
        let mut writer = self.spool.writer().unwrap();
        bytes.chunks(777).for_each(|part| writer.write(part).unwrap());
        writer.finish().unwrap()
    }

    fn n_spooled(&self) -> usize {
        std::fs::read_dir(self.dir.path().join("spool")).unwrap().count()
    }
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn limit_of<T: std::fmt::Debug>(result: Result<T, SpoolError>) -> LimitExceeded {
    match result {
        Err(SpoolError::Limit(limit)) => limit,
        other => panic!("expected a limit, got {other:?}"),
    }
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let limits = UploadLimits::default();
    assert_eq!(limits.file_bytes, 2 * 1024 * 1024 * 1024);
    assert_eq!(limits.request_bytes, 8 * 1024 * 1024 * 1024);
    assert_eq!((limits.ratio, limits.ratio_free_bytes), (100, 64 * 1024 * 1024));
    assert_eq!(limits.json_depth, 64);
}

#[test]
fn a_file_is_hashed_and_comes_back() {
    let place = place(SMALL);
    let file = place.spooled(b"abc");
    let want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let got: String = file.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((got.as_str(), file.size, file.gzip), (want, 3, false));
    assert_eq!(std::fs::read(file.path()).unwrap(), b"abc");
}

#[test]
fn gzip_is_known_by_its_first_two_bytes() {
    let place = place(SMALL);
    assert!(place.spooled(&pack(b"{}")).gzip);
    assert!(!place.spooled(b"\x1f").gzip);
    assert!(!place.spooled(b"").gzip);
    let mut bytewise = place.spool.writer().unwrap();
    bytewise.write(b"\x1f").unwrap();
    bytewise.write(b"").unwrap();
    bytewise.write(b"\x8b").unwrap();
    assert!(bytewise.finish().unwrap().gzip);
}

#[test]
fn too_large_a_file_stops_at_the_limit_and_leaves_nothing() {
    let place = place(SMALL);
    let mut writer = place.spool.writer().unwrap();
    writer.write(&vec![0; 1 << 20]).unwrap();
    let limit = limit_of(writer.write(b"x"));
    assert_eq!((limit.limit, limit.value), ("file_bytes", 1 << 20));
    drop(writer);
    assert_eq!(place.n_spooled(), 0);
}

#[test]
fn dropped_files_are_gone() {
    let place = place(SMALL);
    let file = place.spooled(&pack(b"hello"));
    let unpacked = place.spool.unpack(&file).unwrap();
    assert_eq!(std::fs::read(unpacked.path()).unwrap(), b"hello");
    assert_eq!((unpacked.size, place.n_spooled()), (5, 2));
    drop((file, unpacked));
    assert_eq!(place.n_spooled(), 0);
}

#[test]
fn several_members_are_one_file() {
    let place = place(SMALL);
    let file = place.spooled(&[pack(b"first "), pack(b"second")].concat());
    let unpacked = place.spool.unpack(&file).unwrap();
    assert_eq!(std::fs::read(unpacked.path()).unwrap(), b"first second");
}

#[test]
fn a_bomb_is_stopped_by_the_ratio() {
    let place = place(SMALL);
    let file = place.spooled(&pack(&vec![b' '; 900 << 10]));
    assert!(file.size * 100 < 900 << 10, "no bomb: {} bytes", file.size);
    let limit = limit_of(place.spool.unpack(&file));
    assert_eq!((limit.limit, limit.value), ("ratio", 100));
    assert_eq!(place.n_spooled(), 1);
}

#[test]
fn a_file_too_large_unpacked_is_stopped_by_its_size() {
    let place = place(UploadLimits { ratio: 1_000_000, ..SMALL });
    let file = place.spooled(&pack(&vec![b' '; (1 << 20) + 1]));
    assert_eq!(limit_of(place.spool.unpack(&file)).limit, "file_bytes");
}

#[test]
fn below_the_free_size_the_ratio_does_not_count() {
    let place = place(SMALL);
    let file = place.spooled(&pack(&vec![b' '; 64 << 10]));
    assert!(file.size * 100 < 64 << 10);
    assert_eq!(place.spool.unpack(&file).unwrap().size, 64 << 10);
}

#[test]
fn broken_gzip_is_the_fault_of_that_report() {
    let place = place(SMALL);
    let whole = pack(&(0..50_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>());
    let mut flipped = whole.clone();
    let last = flipped.len() - 6;
    flipped[last] ^= 0xff;
    for (bytes, want) in [
        (whole[..whole.len() / 2].to_vec(), "cut off"),
        (flipped, ""),
        (b"\x1f\x8bnonsense and more".to_vec(), ""),
        ([whole, b"trailing".to_vec()].concat(), ""),
    ] {
        match place.spool.unpack(&place.spooled(&bytes)) {
            Err(SpoolError::Gzip { reason, .. }) => assert!(reason.contains(want), "{reason}"),
            other => panic!("expected broken gzip, got {other:?}"),
        }
    }
    assert_eq!(place.n_spooled(), 0);
}

#[test]
fn kept_files_stay_and_are_kept_once() {
    let place = place(SMALL);
    let first = place.store.keep(place.spooled(b"report")).unwrap();
    let second = place.store.keep(place.spooled(b"report")).unwrap();
    assert_eq!((first, place.n_spooled()), (second, 0));
    let path = place.store.path(&first);
    assert!(path.ends_with(format!("{:02x}/{}", first[0], hex_of(&first))));
    assert_eq!(std::fs::read(path).unwrap(), b"report");
    let other = place.store.keep(place.spooled(b"other")).unwrap();
    let mut want = vec![first, other];
    want.sort_unstable();
    assert_eq!(place.store.list().unwrap(), want);
    assert!(place.store.open(&first).unwrap().is_some());
    assert!(place.store.remove(&first).unwrap());
    assert!(!place.store.remove(&first).unwrap());
    assert!(place.store.open(&first).unwrap().is_none());
}

#[test]
fn a_kept_file_of_another_size_is_replaced() {
    let place = place(SMALL);
    let sha = place.store.keep(place.spooled(b"report")).unwrap();
    std::fs::write(place.store.path(&sha), b"rep").unwrap();
    place.store.keep(place.spooled(b"report")).unwrap();
    assert_eq!(std::fs::read(place.store.path(&sha)).unwrap(), b"report");
}

#[test]
fn the_sweep_removes_only_what_the_spool_made() {
    let place = place(SMALL);
    let spool = place.dir.path().join("spool");
    std::fs::write(spool.join("upload-x1"), b"left behind").unwrap();
    std::fs::write(spool.join("unpacked-x2"), b"left behind").unwrap();
    std::fs::write(spool.join("README"), b"not ours").unwrap();
    assert_eq!(place.spool.sweep().unwrap(), 2);
    assert_eq!(place.n_spooled(), 1);
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_goes_in_packed_comes_out(bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        let place = place(SMALL);
        let file = place.spooled(&pack(&bytes));
        let unpacked = place.spool.unpack(&file).unwrap();
        prop_assert_eq!(std::fs::read(unpacked.path()).unwrap(), bytes);
    }

    #[test]
    fn cut_gzip_never_passes(cut in 1_usize..200) {
        let place = place(SMALL);
        let whole = pack(&(0..500_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>());
        let part = &whole[..whole.len() - cut.min(whole.len() - 1)];
        let result = place.spool.unpack(&place.spooled(part));
        prop_assert!(matches!(result, Err(SpoolError::Gzip { .. })), "{:?}", result);
    }
}

/// Bytes that are not all alike.
fn many_bytes(count: u32) -> Vec<u8> {
    (0..count).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

impl Place {
    fn twin_of(&self, bytes: &[u8]) -> KeptTwin {
        let sha256 = self.store.keep(self.spooled(bytes)).unwrap();
        self.store.twin(&sha256).unwrap().unwrap()
    }

    fn spooled_like(&self, likely: Vec<KeptTwin>, bytes: &[u8], piece: usize) -> SpooledFile {
        let mut writer = self.spool.writer_like(likely).unwrap();
        bytes.chunks(piece).for_each(|part| writer.write(part).unwrap());
        writer.finish().unwrap()
    }

    fn inode(path: &Path) -> u64 {
        use std::os::unix::fs::MetadataExt as _;
        std::fs::metadata(path).unwrap().ino()
    }
}

#[test]
fn bytes_that_are_kept_are_not_written_again() {
    let place = place(SMALL);
    let bytes = many_bytes(100_000);
    let (other, twin) = (place.twin_of(&many_bytes(99_999)), place.twin_of(&bytes));
    let (kept, sha256) = (place.store.path(&twin.sha256), twin.sha256);
    let file = place.spooled_like(vec![other, twin], &bytes, 70_001);
    assert_eq!((Place::inode(file.path()), file.size, file.sha256), (Place::inode(&kept), 400_000, sha256));
    assert_eq!(place.store.keep(file).unwrap(), sha256);
    assert_eq!((std::fs::read(&kept).unwrap() == bytes, place.n_spooled()), (true, 0));
}

#[test]
fn bytes_that_were_removed_meanwhile_are_kept_again() {
    let place = place(SMALL);
    let bytes = many_bytes(9_000);
    for removed_before_the_end in [true, false] {
        let twin = place.twin_of(&bytes);
        let sha256 = twin.sha256;
        let mut writer = place.spool.writer_like(vec![twin]).unwrap();
        writer.write(&bytes).unwrap();
        assert!(!removed_before_the_end || place.store.remove(&sha256).unwrap());
        let file = writer.finish().unwrap();
        assert!(removed_before_the_end || place.store.remove(&sha256).unwrap());
        assert_eq!(file.sha256, sha256);
        assert_eq!(place.store.keep(file).unwrap(), sha256);
        assert_eq!((std::fs::read(place.store.path(&sha256)).unwrap() == bytes, place.n_spooled()), (true, 0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_compared_with_kept_files_is_what_came(
        length in 0_u32..200,
        changed in 0_usize..1_000,
        kind in 0_u8..4,
        piece in 1_usize..300,
    ) {
        let place = place(SMALL);
        let kept = many_bytes(length);
        let mut bytes = kept.clone();
        match kind {
            0 => bytes.truncate(changed),
            1 => bytes.extend([7, 8, 9]),
            2 => bytes.iter_mut().skip(changed).take(1).for_each(|byte| *byte ^= 1),
            _ => {}
        }
        let plain = place.spooled(&bytes);
        let twins = vec![place.twin_of(&kept), place.twin_of(&kept[..kept.len() / 2])];
        let file = place.spooled_like(twins, &bytes, piece);
        prop_assert_eq!((file.sha256, file.size, file.gzip, file.may_be_deep), (plain.sha256, plain.size, plain.gzip, plain.may_be_deep));
        prop_assert_eq!(std::fs::read(file.path()).unwrap(), bytes);
    }
}
