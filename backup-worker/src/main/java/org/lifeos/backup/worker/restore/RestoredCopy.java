package org.lifeos.backup.worker.restore;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.ContentFingerprint;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.ContentDifferences;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;
import org.lifeos.backup.worker.tool.DumpStyle;
import org.lifeos.backup.worker.tool.PostgresTools;

/**
 * A dump brought back into a side database of the target's server, and compared with what the dump
 * holds. Closing it removes the side database, unless it got another name by then.
 */
public final class RestoredCopy implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(RestoredCopy.class);
    private static final int LISTED_DIFFERENCES = 100;

    /** What the copy is made for. */
    private enum Purpose {
        KEPT,
        TOLERANT,
        SCRATCH
    }

    private final Attempt attempt;
    private final Target target;
    private final StoredDump dump;
    private final Optional<BackupManifest> manifest;
    private final String side;
    private final Purpose purpose;
    private final MissingRoles roles;
    private final List<String> errors = new ArrayList<>();
    private List<String> differences = List.of();
    private List<String> createdRoles = List.of();
    private TargetServer.Facts server;
    private PostgresTools tools;
    private boolean isProven;
    private DumpInspection inspection;
    private DumpSummary content;

    private RestoredCopy(
            Attempt attempt,
            Target target,
            StoredDump dump,
            Optional<BackupManifest> manifest,
            String side,
            Purpose purpose) {
        this.attempt = attempt;
        this.target = target;
        this.dump = dump;
        this.manifest = manifest;
        this.side = side;
        this.purpose = purpose;
        this.roles =
                purpose == Purpose.SCRATCH
                        ? MissingRoles.forScratch(attempt, target)
                        : MissingRoles.asSaved(
                                attempt, target, savedRoles(attempt, dump, manifest, purpose));
    }

    private static SavedRoles savedRoles(
            Attempt attempt, StoredDump dump, Optional<BackupManifest> manifest, Purpose purpose) {
        SavedRoles saved = SavedRoles.of(dump, manifest.map(BackupManifest::roles));
        if (saved.doubt().isEmpty() || purpose != Purpose.TOLERANT) {
            return saved;
        }
        attempt.log("tolerated: " + saved.doubt().get());
        return SavedRoles.NONE;
    }

    /** One that is dropped again after it was looked at; so are roles that it needed. */
    static RestoredCopy scratch(
            Attempt attempt,
            Target target,
            StoredDump dump,
            Optional<BackupManifest> manifest,
            String side) {
        return new RestoredCopy(attempt, target, dump, manifest, side, Purpose.SCRATCH);
    }

    /**
     * One that is to be used.
     *
     * @param tolerant whether what fails is listed in {@link #errors} instead of ending it
     */
    public static RestoredCopy kept(
            Attempt attempt,
            Target target,
            StoredDump dump,
            Optional<BackupManifest> manifest,
            String side,
            boolean tolerant) {
        return new RestoredCopy(
                attempt, target, dump, manifest, side, tolerant ? Purpose.TOLERANT : Purpose.KEPT);
    }

    /**
     * Says that the bytes which the catalogue has the hash of were read from front to end before,
     * and found good. What they hold is known from the manifest then: {@link #inspect} looks only
     * whether they are still the same.
     */
    public RestoredCopy proven() {
        isProven = !isTolerant();
        return this;
    }

    /**
     * Reads the dump from front to end, before the server is touched; of a {@link #proven} one the
     * bytes alone, where its manifest says all that a restore has to know.
     *
     * @throws ProblemException when it is damaged, or cannot be restored by the tools that are here
     */
    public void inspect() {
        server = new TargetServer(target).serverFacts(attempt.jobId());
        tools = tools();
        requireRestrictable(tools);
        attempt.phase("check", dump.path().getFileName().toString());
        requireOwnManifest();
        if (isKnownFromManifest()) {
            DumpInspection.requireUnchanged(attempt, dump);
        } else {
            read();
        }
    }

    private void read() {
        inspection =
                isTolerant()
                        ? DumpInspection.tolerant(attempt, tools, dump)
                        : DumpInspection.strict(attempt, tools, dump);
    }

    /**
     * Of a proven dump that the service made with tools of the same version. No role is made
     * because a manifest says so: where one is missing, the dump itself tells which it needs.
     */
    private boolean isKnownFromManifest() {
        return manifest.filter(known ->
                        isProven
                                && known.jobId() != null
                                && known.contents() != null
                                && known.rolesNeeded() != null
                                && !known.rolesNeeded().contains(null)
                                && known.fingerprint() != null
                                && known.fingerprint().version() == ContentFingerprint.VERSION
                                && isWrittenByTools()
                                && !roles.isAnyMissing(Set.copyOf(known.rolesNeeded())))
                .isPresent();
    }

    /**
     * Makes the side database, fills it and compares it.
     *
     * @throws ProblemException when a statement failed
     */
    public void fill() throws SQLException {
        attempt.phase("roles", target.toString());
        createdRoles = roles.create(rolesNeeded());
        attempt.phase("restore", side);
        new SideDatabases(target, attempt.jobId()).create(side);
        Target database = target.inDatabase(side);
        List<TableContent> readEarly = readEarly();
        try (EarlyReadBack early = EarlyReadBack.start(attempt, tools, database, readEarly)) {
            restore(restoreInto(database));
            try (Statistics statistics =
                    purpose == Purpose.SCRATCH
                            ? null
                            : Statistics.start(
                                    attempt,
                                    tools,
                                    database,
                                    server.major(),
                                    !readEarly.isEmpty())) {
                attempt.phase("compare", side);
                compare(database, early);
                if (statistics != null) {
                    attempt.phase("analyze", side);
                    statistics.await();
                }
            }
        }
        differences.forEach(attempt::log);
    }

    /**
     * What is read back while the rest is still restored: by psql that is one session, which leaves
     * the other cores idle.
     */
    private List<TableContent> readEarly() {
        boolean pays =
                dump.format() == BackupFormat.PLAIN
                        && Runtime.getRuntime().availableProcessors() > 1;
        return inspection == null && pays ? manifest.orElseThrow().contents() : List.of();
    }

    private Set<String> rolesNeeded() {
        return inspection == null
                ? Set.copyOf(manifest.orElseThrow().rolesNeeded())
                : inspection.summary().roles();
    }

    private void compare(Target database, EarlyReadBack early) {
        if (inspection == null) {
            content = ReadBack.of(attempt, tools, database, DumpStyle.OWN, early.equal());
            differences =
                    ContentDifferences.between(manifest.orElseThrow(), content, isWrittenByTools());
            if (differences.isEmpty()) {
                return;
            }
            // the dump itself tells more exactly than its manifest in what they differ
            read();
        }
        compare(database, inspection.style());
        if (!differences.isEmpty() && isImported()) {
            // whoever dumped it may have had bytes written in the other of two ways
            List<String> inOwnStyle = differences;
            compare(database, inspection.style().withEscapes());
            differences = differences.isEmpty() ? differences : inOwnStyle;
        }
    }

    private void compare(Target database, DumpStyle style) {
        content = ReadBack.of(attempt, tools, database, style);
        differences =
                hasForeignTexts()
                        ? ContentDifferences.betweenOtherTexts(inspection.summary(), content)
                        : ContentDifferences.between(
                                inspection.summary(), content, isWrittenByTools());
    }

    private boolean isTolerant() {
        return purpose == Purpose.TOLERANT;
    }

    /** An archive is read by no older tools than those that wrote it. */
    private PostgresTools tools() {
        return dump.format() == BackupFormat.CUSTOM
                ? PostgresTools.forArchive(
                        server.major(), manifest.map(BackupManifest::dumpToolVersion).orElse(null))
                : PostgresTools.forServer(server.major());
    }

    private DumpRestore restoreInto(Target database) {
        return switch (dump.format()) {
            case PLAIN -> plainRestore(database);
            case CUSTOM ->
                    tools.major() == server.major()
                            ? new ArchiveRestore(attempt, tools, dump, database)
                            // pg_restore sets what only servers of its own version know
                            : plainRestore(database);
        };
    }

    private DumpRestore plainRestore(Target database) {
        return new PlainRestore(attempt, tools, server.major(), dump, this::text, database);
    }

    private DumpText text() {
        return inspection == null
                ? DumpText.openProven(attempt, tools, dump)
                : DumpText.open(attempt, tools, dump);
    }

    private void restore(DumpRestore restore) {
        if (isTolerant()) {
            restore.tolerant().entries().stream().map(attempt::redact).forEach(errors::add);
        } else {
            restore.strict();
        }
    }

    /**
     * A dump of somebody else's, in which the catalogue scan saw times of another zone than UTC.
     */
    private boolean hasForeignTexts() {
        return isImported() && manifest.orElseThrow().fingerprint() == null;
    }

    /** No job of the service made it. */
    private boolean isImported() {
        return manifest.filter(known -> known.jobId() == null).isPresent();
    }

    /** Another major version may write the same schema in other words. */
    private boolean isWrittenByTools() {
        return manifest.map(BackupManifest::dumpToolVersion)
                .filter(version -> PostgresTools.majorOf(version) == tools.major())
                .isPresent();
    }

    private static void requireRestrictable(PostgresTools tools) {
        if (!tools.canRestrict()) {
            throw new ProblemException(
                    ProblemCode.TOOL_TOO_OLD,
                    "psql %s in %s knows no \\restrict, which keeps a dump from running commands on the worker."
                            .formatted(tools.version(), tools.folder()));
        }
    }

    /** Dumps that traded places with others are not told apart by looking at them alone. */
    private void requireOwnManifest() {
        manifest.flatMap(dump::notDescribedBy)
                .map(dump::corrupt)
                .ifPresent(foreign -> {
                    if (!isTolerant()) {
                        throw foreign;
                    }
                    attempt.log("tolerated: " + foreign.detail());
                });
    }

    /** What the dump holds. */
    DumpSummary dumped() {
        return inspection.summary();
    }

    /** What the side database holds. */
    public DumpSummary content() {
        return content;
    }

    /** In what the two differ; empty when the copy is whole. */
    public List<String> differences() {
        return differences;
    }

    public List<String> createdRoles() {
        return createdRoles;
    }

    /** What failed and was tolerated, and what differs because of it. */
    public List<String> errors() {
        List<String> all = new ArrayList<>(errors);
        all.addAll(differences.subList(0, Math.min(LISTED_DIFFERENCES, differences.size())));
        return all;
    }

    @Override
    public void close() {
        try {
            new SideDatabases(target, attempt.jobId()).drop(side);
            if (purpose == Purpose.SCRATCH) {
                roles.drop(createdRoles);
            }
        } catch (SQLException e) {
            // a later look removes it
            LOG.warnf("the side database %s was not removed: %s", side, e.getMessage());
        }
    }
}
