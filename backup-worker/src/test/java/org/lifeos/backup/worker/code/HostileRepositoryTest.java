package org.lifeos.backup.worker.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.job.CodeCheckResult;
import org.lifeos.backup.testing.CommandRun;
import org.lifeos.backup.testing.GitFolder;

/** A check trusts nothing that lies in the folder, and changes nothing there. */
class HostileRepositoryTest {
    private static final CodeBench BENCH = new CodeBench();
    private static final int NOBODY = 65_534;

    @TempDir Path folder;
    private GitFolder home;
    private Path canary;
    private Path sung;

    @BeforeEach
    void begin() throws IOException {
        home = GitFolder.createPushed(folder.resolve("life-os"));
        sung = folder.resolve("sung");
        canary = folder.resolve("canary");
        Files.writeString(canary, "#!/bin/sh\necho \"$0 $*\" >> '%s'\ncat\n".formatted(sung));
        Files.setPosixFilePermissions(canary, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterAll
    static void close() throws SQLException {
        BENCH.close();
    }

    private CodeCheckResult check() {
        return BENCH.check(home.path());
    }

    private void config(String key, String value) {
        home.git("config", key, value);
    }

    /** git hashes a file again, through its filter, when its times have changed. */
    private void touch(String file) throws IOException {
        Files.setLastModifiedTime(
                home.path().resolve(file), FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
    }

    @Test
    void programsThatItsConfigurationNamesDoNotRun() throws IOException {
        home.commit(".gitattributes", "* filter=evil diff=evil merge=evil\n");
        home.git("push", "--quiet");
        for (String key :
                new String[] {
                    "core.fsmonitor",
                    "core.sshCommand",
                    "core.askPass",
                    "core.gitProxy",
                    "core.pager",
                    "core.editor",
                    "core.alternateRefsCommand",
                    "credential.helper",
                    "diff.external",
                    "diff.evil.command",
                    "diff.evil.textconv",
                    "merge.evil.driver",
                    "filter.evil.clean",
                    "filter.evil.smudge",
                    "gpg.program",
                    "remote.origin.uploadpack",
                    "remote.origin.receivepack",
                    "uploadpack.packObjectsHook",
                    "alias.status",
                    "pager.status"
                }) {
            config(key, canary.toString());
        }
        config("core.untrackedCache", "true");
        config("protocol.ext.allow", "always");
        Path hooks = Files.createDirectories(home.path().resolve(".git/hooks"));
        for (String hook :
                new String[] {"post-index-change", "fsmonitor-watchman", "reference-transaction"}) {
            Files.copy(canary, hooks.resolve(hook));
        }
        Path included = folder.resolve("included");
        Files.writeString(
                included,
                "[filter \"evil\"]\n\tprocess = %s\n\trequired = true\n".formatted(canary));
        touch("README.md");

        CodeCheckResult result = check();

        assertThat(sung).doesNotExist();
        assertThat(result.nothingIsOpen()).as(result.toString()).isTrue();
        config("include.path", included.toString());
        assertThat(check().nothingIsOpen()).isTrue();
        assertThat(sung).doesNotExist();

        home.git("config", "--unset", "include.path");
        touch("README.md");
        home.git("--no-pager", "-c", "alias.status=", "status");
        assertThat(sung).as("a plain git runs it").exists();
    }

    @Test
    void submoduleWithAConfigurationOfItsOwnDoesNotRunAnything() throws IOException {
        GitFolder inner = GitFolder.createPushed(folder.resolve("inner"));
        home.git(
                "-c",
                "protocol.file.allow=always",
                "submodule",
                "--quiet",
                "add",
                inner.path().toString(),
                "module");
        home.git("commit", "--quiet", "--message", "Add a module");
        home.git("push", "--quiet");
        GitFolder module = new GitFolder(home.path().resolve("module"));
        module.git("config", "core.fsmonitor", canary.toString());

        CodeCheckResult result = check();

        assertThat(sung).doesNotExist();
        assertThat(result.nothingIsOpen()).as(result.toString()).isTrue();
        module.commit("new.txt", "x");
        Files.deleteIfExists(sung);
        assertThat(check().dirtyFiles()).containsExactly("module");
        assertThat(sung).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ext::%s hello",
                "evil::x",
                "evil://x",
                "--upload-pack=%s",
                "ssh://-oProxyCommand=%s/x"
            })
    void addressThatWouldRunAProgramIsNotFollowed(String address) {
        config("remote.origin.url", address.formatted(canary));
        config("protocol.allow", "always");

        CodeCheckResult result = check();

        assertThat(sung).doesNotExist();
        assertThat(result.pushed()).isNull();
        assertThat(result.problems()).hasSize(1);
    }

    @Test
    void missingObjectsAreNotFetchedByAProgram() throws IOException {
        config("extensions.partialClone", "origin");
        config("core.repositoryFormatVersion", "1");
        config("remote.origin.promisor", "true");
        config("remote.origin.partialCloneFilter", "blob:none");
        config("remote.origin.uploadpack", canary.toString());
        String blob = home.git("rev-parse", "HEAD:README.md");
        Files.delete(
                home.path()
                        .resolve(".git/objects")
                        .resolve(blob.substring(0, 2))
                        .resolve(blob.substring(2)));
        touch("README.md");

        assertThat(check().pushed()).isTrue();
        assertThat(sung).doesNotExist();
    }

    @Test
    void repositoryOfAnotherUserIsCheckedAsAnyOther() throws IOException {
        CommandRun.of("chown", "-R", NOBODY + ":" + NOBODY, home.path().toString()).orThrow();
        CommandRun.of(
                        "chown",
                        "-R",
                        NOBODY + ":" + NOBODY,
                        folder.resolve("life-os-remote.git").toString())
                .orThrow();
        Path plain = Files.createDirectory(folder.resolve("home"));
        assertThat(
                        CommandRun.of(
                                        new CommandRun.Setting(
                                                home.path(),
                                                null,
                                                Map.of("HOME", plain.toString())),
                                        List.of("git", "status"))
                                .output())
                .as("a plain git refuses it")
                .contains("dubious ownership");

        assertThat(check().nothingIsOpen()).isTrue();
        home.write("new", "x");
        assertThat(check().dirtyFiles()).containsExactly("new");
    }

    @Test
    void nothingInTheFolderChangesAndNothingIsLeftBehind() throws IOException {
        home.write("new", "x");
        home.write("README.md", "y");
        home.git("stash");
        touch("README.md");
        Map<String, String> before = state(home.path());
        Map<String, String> remoteBefore = state(folder.resolve("life-os-remote.git"));

        check();

        assertThat(state(home.path())).isEqualTo(before);
        assertThat(state(folder.resolve("life-os-remote.git"))).isEqualTo(remoteBefore);
        assertThat(scratchFolders()).isZero();
    }

    private static long scratchFolders() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file ->
                            file.getFileName().toString().contains(BENCH.lastJob().toString()))
                    .count();
        }
    }

    /** Every file with its time and content. */
    private static Map<String, String> state(Path folder) throws IOException {
        Map<String, String> state = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            files.forEach(file -> state.put(folder.relativize(file).toString(), stateOf(file)));
        }
        return state;
    }

    private static String stateOf(Path file) {
        try {
            String content =
                    Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                            ? Integer.toHexString(Arrays.hashCode(Files.readAllBytes(file)))
                            : "";
            return Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS) + " " + content;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void pipeInThePlaceOfAFileDoesNotHoldTheCheckUp() throws IOException {
        Path head = home.path().resolve(".git/HEAD");
        Files.delete(head);
        CommandRun.of("mkfifo", head.toString()).orThrow();

        assertThat(catchThrowable(this::check)).hasMessageContaining("HEAD");
    }
}
