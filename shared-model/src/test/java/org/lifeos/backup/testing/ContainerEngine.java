package org.lifeos.backup.testing;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * A server in a container, of the image {@code TEST_POSTGRES_IMAGE}, by default the one life-os
 * runs.
 *
 * <p>The only class that needs Testcontainers (and Awaitility): a module without them on its
 * classpath can still use the binaries of the machine.
 */
final class ContainerEngine implements ServerEngine {
    private static final String DEFAULT_IMAGE = "postgres:16-alpine";
    private static final int INSIDE = PostgreSQLContainer.POSTGRESQL_PORT;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final PostgreSQLContainer container;
    private final int port;
    private Optional<Path> bin = Optional.empty();

    private ContainerEngine(PostgreSQLContainer container, int port) {
        this.container = container;
        this.port = port;
    }

    /** Whether a Docker engine answers. */
    static boolean available() {
        return DockerClientFactory.instance().isDockerAvailable();
    }

    /** Starts a container and waits until its server answers. */
    static ContainerEngine start(String password, Map<String, String> settings) {
        Map<String, String> environment = System.getenv();
        String image = environment.getOrDefault("TEST_POSTGRES_IMAGE", DEFAULT_IMAGE);
        int port = FreePorts.next();
        PostgreSQLContainer container =
                new PostgreSQLContainer(
                                DockerImageName.parse(image).asCompatibleSubstituteFor("postgres"))
                        .withDatabaseName("postgres")
                        .withUsername(SUPERUSER)
                        .withPassword(password)
                        .withEnv("POSTGRES_INITDB_ARGS", "--encoding=UTF8 --locale=C --no-sync")
                        .withCommand(command(settings));
        // A port that Docker chooses is another one after a restart.
        container.setPortBindings(List.of(publishedOn() + port + ":" + INSIDE));
        ContainerEngine engine = new ContainerEngine(container, port);
        container.start();
        engine.bin =
                PostgresBinaries.client(environment, engine.major()).map(PostgresBinaries::folder);
        return engine;
    }

    @Override
    public String host() {
        return container.getHost();
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String password() {
        return container.getPassword();
    }

    @Override
    public Optional<Path> bin() {
        return bin;
    }

    @Override
    public CommandRun psql(String database, String user, String password, Path script) {
        return bin.isPresent()
                ? ServerEngine.super.psql(database, user, password, script)
                : psqlInside(database, user, script);
    }

    @Override
    public void stopImmediately() {
        kill("QUIT");
    }

    @Override
    public void kill9() {
        kill("KILL");
    }

    @Override
    public void startAgain() {
        docker().startContainerCmd(container.getContainerId()).exec();
        Awaitility.await("PostgreSQL in the container answers")
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(50))
                .until(this::answers);
    }

    @Override
    public void close() {
        container.stop();
    }

    private void kill(String signal) {
        String id = container.getContainerId();
        docker().killContainerCmd(id).withSignal(signal).exec();
        docker().waitContainerCmd(id)
                .exec(new WaitContainerResultCallback())
                .awaitStatusCode(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    // The image trusts its own loopback, so no password is asked for.
    private CommandRun psqlInside(String database, String user, Path script) {
        String inside = "/tmp/" + script.getFileName();
        List<String> command = new ArrayList<>(List.of("psql", "-Xq", "-v", "ON_ERROR_STOP=1"));
        command.addAll(List.of("-h", "127.0.0.1", "-U", user, "-d", database, "-f", inside));
        try {
            container.copyFileToContainer(MountableFile.forHostPath(script), inside);
            ExecResult result = container.execInContainer(command.toArray(String[]::new));
            return new CommandRun(
                    command, result.getExitCode(), result.getStdout() + result.getStderr());
        } catch (IOException e) {
            throw new IllegalStateException("cannot run psql in the container", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while psql ran in the container", e);
        }
    }

    private DockerClient docker() {
        return container.getDockerClient();
    }

    private static String[] command(Map<String, String> settings) {
        Map<String, String> all = new TreeMap<>(SETTINGS);
        all.putAll(settings);
        List<String> command = new ArrayList<>(List.of("postgres"));
        all.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
        return command.toArray(String[]::new);
    }

    /** Loopback only, unless the engine is on another machine. */
    private static String publishedOn() {
        String host = DockerClientFactory.instance().dockerHostIpAddress();
        try {
            return InetAddress.getByName(host).isLoopbackAddress() ? "127.0.0.1:" : "";
        } catch (UnknownHostException e) {
            return "";
        }
    }
}
