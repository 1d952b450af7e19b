package org.lifeos.backup.worker.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.job.CodeCheckResult;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.GitFolder;

/** What a check says of the states that a repository can be in. */
class CodeCheckTest {
    private static final CodeBench BENCH = new CodeBench();

    @TempDir Path folder;
    private GitFolder home;
    private GitFolder remote;

    @BeforeEach
    void begin() {
        home = GitFolder.createPushed(folder.resolve("life-os"));
        remote = new GitFolder(folder.resolve("life-os-remote.git"));
    }

    @AfterAll
    static void close() throws SQLException {
        BENCH.close();
    }

    private CodeCheckResult check() {
        return BENCH.check(home.path());
    }

    /** Somebody else pushes a commit; its id. */
    private String otherPushes() {
        Path other = folder.resolve("other");
        home.git("clone", "--quiet", remote.path().toString(), other.toString());
        GitFolder clone = new GitFolder(other);
        String commit = clone.commit("other.txt", "x");
        clone.git("push", "--quiet");
        return commit;
    }

    @Test
    void allIsCommittedAndPushed() {
        CodeCheckResult result = check();

        assertThat(result)
                .isEqualTo(
                        new CodeCheckResult(
                                CodeBench.NOW,
                                "staging",
                                home.head(),
                                remote.path().toString(),
                                home.head(),
                                "origin/staging",
                                0,
                                0,
                                List.of(),
                                0,
                                0,
                                0,
                                true,
                                List.of()));
        assertThat(result.nothingIsOpen()).isTrue();
    }

    @Test
    void uncommittedAndUntrackedFilesAreNamed() throws IOException {
        home.commit("gone.txt", "x");
        home.git("push", "--quiet");
        home.write("README.md", "changed");
        home.write("staged file.txt", "x");
        home.git("add", "staged file.txt");
        Files.delete(home.path().resolve("gone.txt"));
        home.write("new\n \"name\" ü.txt", "x");
        home.write("folder/one.txt", "x");
        home.write("folder/two.txt", "x");

        CodeCheckResult result = check();

        assertThat(result.dirtyFiles())
                .containsExactlyInAnyOrder(
                        "README.md",
                        "staged file.txt",
                        "gone.txt",
                        "new\n \"name\" ü.txt",
                        "folder/");
        assertThat(result.dirtyFileCount()).isEqualTo(5);
        assertThat(result.untrackedFileCount()).isEqualTo(2);
        assertThat(result.pushed()).isTrue();
        assertThat(result.nothingIsOpen()).isFalse();
    }

    @Test
    void ignoredFilesAreNotWork() {
        home.commit(".gitignore", "*.log\n");
        home.git("push", "--quiet");
        home.write("run.log", "x");
        home.write(".git/info/exclude", "private/\n");
        home.write("private/x", "x");

        assertThat(check().dirtyFiles()).isEmpty();
    }

    @Test
    void namesOfConflictingFilesAreWhole() {
        home.git("switch", "--quiet", "--create", "side");
        home.commit("a b.txt", "side");
        home.git("switch", "--quiet", "staging");
        home.commit("a b.txt", "staging");
        assertThat(
                        catchThrowableOfType(
                                IllegalStateException.class, () -> home.git("merge", "side")))
                .hasMessageContaining("CONFLICT");

        assertThat(check().dirtyFiles()).containsExactly("a b.txt");
    }

    @Test
    void longListIsCutAndCounted() {
        IntStream.range(0, 130).forEach(i -> home.write("file-%03d".formatted(i), "x"));

        CodeCheckResult result = check();

        assertThat(result.dirtyFiles()).hasSize(100).startsWith("file-000");
        assertThat(result.dirtyFileCount()).isEqualTo(130);
    }

    @Test
    void stashesAreCounted() {
        home.write("README.md", "one");
        home.git("stash");
        home.write("README.md", "two");
        home.git("stash");

        CodeCheckResult result = check();

        assertThat(result.stashes()).isEqualTo(2);
        assertThat(result.dirtyFiles()).isEmpty();
        assertThat(result.nothingIsOpen()).isFalse();
    }

    @Test
    void unpushedCommitsAreCounted() {
        home.commit("a", "1");
        home.commit("a", "2");

        CodeCheckResult result = check();

        assertThat(result.ahead()).isEqualTo(2);
        assertThat(result.behind()).isZero();
        assertThat(result.pushed()).isFalse();
    }

    @Test
    void whatTheLastFetchLeftBehindIsNotBelieved() {
        String first = home.head();
        home.commit("a", "1");
        home.git("push", "--quiet");
        remote.git("update-ref", "refs/heads/staging", first);
        assertThat(home.git("rev-parse", "origin/staging")).isEqualTo(home.head());

        CodeCheckResult result = check();

        assertThat(result.pushed()).isFalse();
        assertThat(result.ahead()).isEqualTo(1);
        assertThat(result.remoteHead()).isEqualTo(first);
        assertThat(result.problems())
                .singleElement()
                .asString()
                .contains("as it was fetched last", first.substring(0, 12));
    }

    @Test
    void headThatARemoteHasLeftBehindIsPushed() {
        String first = home.head();
        home.commit("a", "1");
        home.git("push", "--quiet");
        home.git("reset", "--quiet", "--hard", first);

        CodeCheckResult result = check();

        assertThat(result.pushed()).isTrue();
        assertThat(result.behind()).isEqualTo(1);
    }

    @Test
    void remoteWithCommitsThatWereNeverFetchedProvesNothing() {
        String other = otherPushes();

        CodeCheckResult result = check();

        assertThat(result.pushed()).isNull();
        assertThat(result.remoteHead()).isEqualTo(other);
        assertThat(result.problems())
                .singleElement()
                .asString()
                .contains(other.substring(0, 12), "never fetched");

        home.commit("mine", "x");
        assertThat(check().pushed()).isFalse();
        assertThat(check().ahead()).isEqualTo(1);
    }

    @Test
    void anotherRepositoryInThePlaceOfTheRemoteIsAProblem() {
        GitFolder wrong = GitFolder.createPushed(folder.resolve("wrong"));
        wrong.commit("a", "b");
        wrong.git("push", "--quiet");
        home.git("remote", "set-url", "origin", folder.resolve("wrong-remote.git").toString());

        CodeCheckResult result = check();

        assertThat(result.pushed()).isNotEqualTo(true);
        assertThat(result.problems()).singleElement().asString().contains("another repository");
    }

    @Test
    void branchThatTheRemoteDoesNotHaveAnyMoreIsAProblem() {
        home.git("push", "--quiet", "origin", "staging:main");
        remote.git("update-ref", "-d", "refs/heads/staging");

        CodeCheckResult result = check();

        assertThat(result.pushed()).isFalse();
        assertThat(result.remoteHead()).isNull();
        assertThat(result.problems()).containsExactly("The remote has no branch staging.");
    }

    @Test
    void detachedHeadIsAProblem() {
        home.git("checkout", "--quiet", "--detach");
        home.commit("a", "1");

        CodeCheckResult result = check();

        assertThat(result.branch()).isNull();
        assertThat(result.upstream()).isNull();
        assertThat(result.head()).isEqualTo(home.head());
        assertThat(result.pushed()).isFalse();
        assertThat(result.ahead()).isEqualTo(1);
        assertThat(result.problems()).singleElement().asString().startsWith("HEAD is detached");
    }

    @Test
    void branchWithoutUpstreamIsAProblem() {
        home.git("switch", "--quiet", "--create", "new");
        home.commit("a", "1");
        home.commit("a", "2");

        CodeCheckResult result = check();

        assertThat(result.branch()).isEqualTo("new");
        assertThat(result.upstream()).isNull();
        assertThat(result.remote()).isEqualTo(remote.path().toString());
        assertThat(result.ahead()).isEqualTo(2);
        assertThat(result.behind()).isNull();
        assertThat(result.pushed()).isFalse();
        assertThat(result.problems())
                .containsExactly("Branch new has no upstream: git push -u origin new.");
    }

    @Test
    void repositoryWithoutARemoteIsAProblem() {
        home.git("remote", "remove", "origin");

        CodeCheckResult result = check();

        assertThat(result.remote()).isNull();
        assertThat(result.pushed()).isFalse();
        assertThat(result.ahead()).isEqualTo(1);
        assertThat(result.problems()).first().asString().startsWith("There is no remote");
    }

    @Test
    void upstreamWhoseRemoteIsNotConfiguredIsAProblem() {
        home.git("config", "branch.staging.remote", "elsewhere");

        CodeCheckResult result = check();

        assertThat(result.upstream()).isEqualTo("elsewhere/staging");
        assertThat(result.remote()).isNull();
        assertThat(result.pushed()).isFalse();
        assertThat(result.problems())
                .containsExactly(
                        "Branch staging follows remote elsewhere, which is not configured.");
    }

    @Test
    void remoteThatIsNotThereIsNotKnownToHoldAnything() {
        home.git("remote", "set-url", "origin", folder.resolve("nowhere.git").toString());

        CodeCheckResult result = check();

        assertThat(result.pushed()).isNull();
        assertThat(result.ahead()).isZero();
        assertThat(result.problems())
                .singleElement()
                .asString()
                .contains("could not be asked", "nowhere.git");
    }

    @Test
    void repositoryIsNoRemoteOfItself() {
        for (String self : new String[] {".", home.path() + "/.git", "file://" + home.path()}) {
            home.git("config", "remote.origin.url", self);

            CodeCheckResult result = check();

            assertThat(result.pushed()).as(self).isNull();
            assertThat(result.problems())
                    .containsExactly("The remote %s is this very repository.".formatted(self));
        }
    }

    @Test
    void workOnOtherBranchesIsFound() {
        home.git("branch", "merged");
        home.git("switch", "--quiet", "--create", "experiment");
        home.commit("a", "1");
        home.commit("a", "2");
        home.git("switch", "--quiet", "staging");
        home.git("switch", "--quiet", "--create", "shared");
        home.commit("b", "1");
        home.git("push", "--quiet", "origin", "shared");
        home.git("switch", "--quiet", "staging");

        CodeCheckResult result = check();

        assertThat(result.pushed()).isTrue();
        assertThat(result.problems())
                .containsExactly("Branch experiment has 2 commits that no remote holds.");

        remote.git("update-ref", "-d", "refs/heads/shared");
        assertThat(check().problems())
                .contains("Branch shared has 1 commits that no remote holds.");
    }

    @Test
    void repositoryWithoutACommitIsAProblem() {
        GitFolder empty = GitFolder.create(folder.resolve("empty"));
        empty.write("a", "x");

        CodeCheckResult result = BENCH.check(empty.path());

        assertThat(result.branch()).isEqualTo("staging");
        assertThat(result.head()).isNull();
        assertThat(result.dirtyFiles()).containsExactly("a");
        assertThat(result.pushed()).isFalse();
        assertThat(result.problems()).contains("There is no commit yet.");
    }

    @Test
    void workTreeWhoseRepositoryIsElsewhereIsChecked() {
        Path second = folder.resolve("second");
        home.git("worktree", "add", "--quiet", "-b", "side", second.toString());
        GitFolder tree = new GitFolder(second);
        tree.commit("a", "1");
        tree.write("b", "x");

        CodeCheckResult result = BENCH.check(second);

        assertThat(result.branch()).isEqualTo("side");
        assertThat(result.head()).isEqualTo(tree.head());
        assertThat(result.dirtyFiles()).containsExactly("b");
        assertThat(result.ahead()).isEqualTo(1);
    }

    @Test
    void rewrittenAndRelativeAddressesAreFollowed() {
        home.git("remote", "set-url", "origin", "nas:life-os-remote.git");
        home.git("config", "url." + folder + "/.insteadOf", "nas:");
        assertThat(check().pushed()).isTrue();

        home.git("remote", "set-url", "origin", "../life-os-remote.git");
        assertThat(check().pushed()).isTrue();
    }

    @Test
    void folderWithoutARepositoryCannotBeChecked() throws IOException {
        Path bare = Files.createDirectory(home.path().resolve("inner"));
        assertThat(failure(bare)).isEqualTo(ProblemCode.CODE_REPOSITORY_MISSING);
        Files.writeString(bare.resolve(".git"), "gitdir: /nowhere/at/all\n");
        assertThat(failure(bare)).isEqualTo(ProblemCode.CODE_REPOSITORY_MISSING);
        assertThat(failure(folder.resolve("absent")))
                .isEqualTo(ProblemCode.CODE_REPOSITORY_MISSING);
    }

    @Test
    void brokenRepositoryIsSaidInTheWordsOfGit() throws IOException {
        Files.writeString(home.path().resolve(".git/index"), "no index");

        assertThat(failure(home.path())).isEqualTo(ProblemCode.GIT_FAILED);
        assertThat(BENCH.everythingSaid()).contains("index");
    }

    private static ProblemCode failure(Path path) {
        return catchThrowableOfType(ProblemException.class, () -> BENCH.check(path)).code();
    }
}
