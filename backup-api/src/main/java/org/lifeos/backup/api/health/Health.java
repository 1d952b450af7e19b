package org.lifeos.backup.api.health;

import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lifeos.backup.api.ApiSettings;
import org.lifeos.backup.sql.Database;

/** Looks at everything, each time anew and never for longer than a few seconds. */
@ApplicationScoped
public class Health {
    private static final Duration LIMIT = Duration.ofSeconds(6);

    private final ApiSettings settings;
    private final InstantSource clock = InstantSource.system();
    private final Probe<FolderSeen> folder;
    private final Probe<Optional<Instant>> manifest;
    private final Probe<ServiceSeen> service;

    /** For while the database, which knows better, does not answer. */
    private final Map<String, ServiceSeen.Standing> remembered = new ConcurrentHashMap<>();

    Health(ApiSettings settings, Database database) {
        this.settings = settings;
        FolderReader reader = new FolderReader(settings.home());
        ServiceReader register = new ServiceReader(database, settings.zone());
        Path ollama = settings.home().resolve("data").resolve("ollama_models_manifest.txt");
        this.folder = new Probe<>("The backup folder", LIMIT, reader::read);
        this.manifest = new Probe<>("The Ollama manifest", LIMIT, () -> writtenAt(ollama));
        this.service = new Probe<>("The service's database", LIMIT, register::read);
    }

    private static Optional<Instant> writtenAt(Path file) throws java.io.IOException {
        try {
            return Optional.of(Files.getLastModifiedTime(file).toInstant());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** What can be seen now. All looks go on at once. */
    World look() {
        Probe.Pending<FolderSeen> folderLook = folder.begin();
        Probe.Pending<Optional<Instant>> manifestLook = manifest.begin();
        Probe.Pending<ServiceSeen> serviceLook = service.begin();
        return new World(
                clock.instant(),
                settings.targets().names(),
                settings.retention(),
                settings.health(),
                settings.alerts().channels(),
                folderLook.await(),
                manifestLook.await(),
                serviceLook.await());
    }

    static List<Finding> findings(World world) {
        return Stream.of(
                        BackupChecks.of(world),
                        HostChecks.of(world),
                        CopyChecks.of(world),
                        ServiceChecks.of(world))
                .flatMap(List::stream)
                .toList();
    }

    /** How everything stands now. */
    public HealthReport report() {
        World world = look();
        Instant now = world.now().truncatedTo(ChronoUnit.MILLIS);
        Map<String, ServiceSeen.Standing> known =
                world.service().seen().map(ServiceSeen::since).orElse(Map.of());
        List<HealthReport.Check> checks = new ArrayList<>();
        for (Finding finding : findings(world)) {
            checks.add(check(finding, since(finding, known.get(finding.id()), now)));
        }
        List<String> ids = checks.stream().map(HealthReport.Check::id).toList();
        remembered.keySet().retainAll(ids);
        return new HealthReport(
                HealthStatus.worst(
                        checks.stream()
                                .map(HealthReport.Check::status)
                                .collect(Collectors.toSet())),
                now,
                checks);
    }

    private Instant since(Finding finding, ServiceSeen.Standing known, Instant now) {
        ServiceSeen.Standing standing =
                known != null && known.status() == finding.status()
                        ? known
                        : remembered.get(finding.id());
        if (standing == null || standing.status() != finding.status()) {
            standing = new ServiceSeen.Standing(finding.status(), now);
        }
        remembered.put(finding.id(), standing);
        return standing.since();
    }

    private static HealthReport.Check check(Finding finding, Instant since) {
        return new HealthReport.Check(
                finding.id(),
                finding.status(),
                finding.summary(),
                finding.observed(),
                finding.threshold(),
                since,
                finding.hint());
    }
}
