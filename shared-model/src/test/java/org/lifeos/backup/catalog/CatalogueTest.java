package org.lifeos.backup.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.catalog.Catalogue.Place;
import org.lifeos.backup.catalog.Catalogue.Query;
import org.lifeos.backup.sql.SqlFailure;
import org.lifeos.backup.target.RetentionPolicy;
import org.lifeos.backup.testing.SampleManifest;
import org.lifeos.backup.testing.ServiceDatabase;

class CatalogueTest {
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00.123456Z");

    @AutoClose private static final ServiceDatabase SERVICE = ServiceDatabase.create();

    private final Catalogue catalogue = new Catalogue(SERVICE.database());
    private int files;

    @BeforeEach
    void emptyCatalogue() {
        SERVICE.clear();
    }

    @Test
    void backupIsFoundAsItsManifestSays() {
        BackupManifest manifest = manifest("lifeos", BackupKind.MANUAL, NOON);
        add(manifest);

        Backup backup = catalogue.find(manifest.backupId()).orElseThrow();

        assertThat(backup)
                .usingRecursiveComparison()
                .ignoringFields("id", "state", "expiresAt")
                .isEqualTo(manifest);
        assertThat(backup.id()).isEqualTo(manifest.backupId());
        assertThat(backup.state()).isEqualTo(BackupState.AVAILABLE);
        assertThat(catalogue.find(UUID.randomUUID())).isEmpty();
    }

    @Test
    void policyTellsWhenABackupExpires() {
        RetentionPolicy policy = new RetentionPolicy(7, 3, null);
        Backup manual = addOne("lifeos", BackupKind.MANUAL, NOON);
        Backup scheduled = addOne("lifeos", BackupKind.SCHEDULED, NOON);
        assertThat(scheduled.under(policy).expiresAt()).as("pinned").isNull();

        for (Backup backup : List.of(manual, scheduled)) {
            SERVICE.execute(
                    "update backup set pinned = false where id = '%s'".formatted(backup.id()));
        }
        manual = catalogue.find(manual.id()).orElseThrow();
        scheduled = catalogue.find(scheduled.id()).orElseThrow();
        assertThat(scheduled.under(policy).expiresAt()).isEqualTo(NOON.plus(Duration.ofDays(7)));
        assertThat(manual.under(policy).expiresAt()).isNull();
        assertThat(manual.under(new RetentionPolicy(7, 3, 30)).expiresAt())
                .isEqualTo(NOON.plus(Duration.ofDays(30)));

        SERVICE.execute("update backup set state = 'MISSING'");
        assertThat(catalogue.find(scheduled.id()).orElseThrow().under(policy).expiresAt()).isNull();
    }

    @Test
    void listLeavesOutWhatTheTablesHold() {
        Backup added = addOne("lifeos", BackupKind.MANUAL, NOON);

        assertThat(added.contents()).hasSize(2);
        assertThat(catalogue.list(new Query(null, null, null, null, 9)))
                .singleElement()
                .satisfies(backup -> assertThat(backup.contents()).isNull())
                .usingRecursiveComparison()
                .ignoringFields("contents", "fingerprint")
                .isEqualTo(added);
    }

    @Test
    void listIsFilteredByTargetKindAndState() {
        UUID manual = addOne("lifeos", BackupKind.MANUAL, NOON).id();
        UUID scheduled = addOne("lifeos", BackupKind.SCHEDULED, NOON.minusSeconds(1)).id();
        UUID other = addOne("app", BackupKind.MANUAL, NOON.minusSeconds(2)).id();
        setState(scheduled, BackupState.CORRUPT);

        assertThat(ids(null, null, null)).containsExactly(manual, scheduled, other);
        assertThat(ids("lifeos", null, null)).containsExactly(manual, scheduled);
        assertThat(ids(null, BackupKind.MANUAL, null)).containsExactly(manual, other);
        assertThat(ids(null, null, BackupState.CORRUPT)).containsExactly(scheduled);
        assertThat(ids("app", BackupKind.SCHEDULED, null)).isEmpty();
    }

    @Test
    void pagesAreNewestSnapshotFirstWithoutGapThoughInstantsAreEqual() {
        List<Backup> added = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            // the order in which they come is neither that of their instants nor of their ids
            added.add(addOne("lifeos", BackupKind.MANUAL, NOON.plusSeconds(i * 7 % 3)));
        }

        List<Backup> seen = new ArrayList<>();
        Place after = null;
        for (List<Backup> page = page(after); !page.isEmpty(); page = page(after)) {
            assertThat(page).hasSizeLessThanOrEqualTo(2);
            seen.addAll(page);
            assertThat(seen).as("pages that repeat").hasSizeLessThanOrEqualTo(added.size());
            after = new Place(page.getLast().snapshotAt(), page.getLast().id());
        }

        assertThat(seen.stream().map(Backup::id))
                .containsExactlyInAnyOrderElementsOf(added.stream().map(Backup::id).toList());
        assertThat(seen.stream().map(Backup::snapshotAt))
                .isSortedAccordingTo(Comparator.reverseOrder());
    }

    @Test
    void latestIsTheNewestGoodSnapshotAndNoSafetyBackup() {
        assertThat(catalogue.latest("lifeos")).isEmpty();
        UUID good = addOne("lifeos", BackupKind.SCHEDULED, NOON).id();
        addOne("lifeos", BackupKind.MANUAL, NOON.minusSeconds(1));
        addOne("lifeos", BackupKind.SAFETY, NOON.plusSeconds(9));
        addOne("app", BackupKind.MANUAL, NOON.plusSeconds(9));
        for (BackupState state :
                List.of(BackupState.CORRUPT, BackupState.MISSING, BackupState.EXPIRED)) {
            setState(addOne("lifeos", BackupKind.MANUAL, NOON.plusSeconds(5)).id(), state);
        }

        Backup latest = catalogue.latest("lifeos").orElseThrow();

        assertThat(latest).isEqualTo(catalogue.find(good).orElseThrow());
    }

    @Test
    void recoverableAreGoodBackupsOfTheTargetTheNewestFirst() {
        UUID older = addOne("lifeos", BackupKind.IMPORTED, NOON.minusSeconds(1)).id();
        UUID newer = addOne("lifeos", BackupKind.SCHEDULED, NOON).id();
        addOne("lifeos", BackupKind.SAFETY, NOON.plusSeconds(9));
        addOne("app", BackupKind.MANUAL, NOON.plusSeconds(9));
        setState(
                addOne("lifeos", BackupKind.MANUAL, NOON.plusSeconds(5)).id(), BackupState.CORRUPT);

        assertThat(catalogue.recoverable("lifeos"))
                .extracting(Backup::id)
                .containsExactly(newer, older);
    }

    @Test
    void importedBackupMayBeTheLatest() {
        addOne("lifeos", BackupKind.MANUAL, NOON);
        UUID imported = addOne("lifeos", BackupKind.IMPORTED, NOON.plusSeconds(1)).id();

        assertThat(catalogue.latest("lifeos").orElseThrow().id()).isEqualTo(imported);
    }

    @Test
    void sizeOfTheNewestDumpIsThatOfTheTarget() {
        assertThat(catalogue.newestSizeBytes("lifeos")).isEmpty();
        Backup newest = addOne("lifeos", BackupKind.MANUAL, NOON);
        addOne("lifeos", BackupKind.MANUAL, NOON.minusSeconds(1));
        addOne("app", BackupKind.MANUAL, NOON.plusSeconds(1));

        assertThat(catalogue.newestSizeBytes("lifeos")).contains(newest.file().sizeBytes());
    }

    @Test
    void fileIsKnownUntilTheServiceRemovedIt() {
        Backup backup = addOne("lifeos", BackupKind.MANUAL, NOON);
        String file = backup.file().name();

        assertThat(catalogue.knows(file)).isTrue();
        assertThat(catalogue.knows("other.sql.gz")).isFalse();
        setState(backup.id(), BackupState.MISSING);
        assertThat(catalogue.knows(file)).isTrue();
        setState(backup.id(), BackupState.EXPIRED);
        assertThat(catalogue.knows(file)).isFalse();
    }

    @Test
    void jobAndFileHaveOneBackupEach() {
        BackupManifest first = manifest("lifeos", BackupKind.MANUAL, NOON);
        add(first);
        BackupManifest sameJob =
                SampleManifest.of(first.jobId(), new DumpFile("other.sql.gz", 1, "00"));
        BackupManifest sameFile = SampleManifest.of(UUID.randomUUID(), first.file());

        for (BackupManifest second : List.of(sameJob, sameFile)) {
            assertThatThrownBy(() -> add(second))
                    .isInstanceOfSatisfying(
                            SqlFailure.class,
                            failure -> assertThat(failure.isUniqueViolation()).isTrue());
        }

        setState(first.backupId(), BackupState.EXPIRED);
        add(sameFile);
        assertThat(ids(null, null, null)).hasSize(2);
    }

    private Backup addOne(String target, BackupKind kind, Instant snapshotAt) {
        BackupManifest manifest = manifest(target, kind, snapshotAt);
        add(manifest);
        return catalogue.find(manifest.backupId()).orElseThrow();
    }

    private BackupManifest manifest(String target, BackupKind kind, Instant snapshotAt) {
        files++;
        DumpFile file = new DumpFile("dump-%d.sql.gz".formatted(files), 1_000L * files, "ab");
        return SampleManifest.of(UUID.randomUUID(), target, kind, file, snapshotAt);
    }

    private void add(BackupManifest manifest) {
        SERVICE.database()
                .inTransaction(session -> {
                    catalogue.add(session, manifest);
                    return null;
                });
    }

    private static void setState(UUID id, BackupState state) {
        SERVICE.database().update("update backup set state = ? where id = ?", state, id);
    }

    private List<Backup> page(Place after) {
        return catalogue.list(new Query("lifeos", null, null, after, 2));
    }

    private List<UUID> ids(String target, BackupKind kind, BackupState state) {
        return catalogue.list(new Query(target, kind, state, null, 100)).stream()
                .map(Backup::id)
                .toList();
    }
}
