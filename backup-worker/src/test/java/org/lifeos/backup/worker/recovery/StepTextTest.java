package org.lifeos.backup.worker.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.job.FilesRestoreResult;
import org.lifeos.backup.job.FilesRestoreResult.Folder;

class StepTextTest {
    @Test
    void foldersThatTheMirrorLacksAreNotAmongThoseThatCameBack() {
        FilesRestoreResult restored =
                FilesRestoreResult.of(
                        List.of(
                                new Folder("output", true, 3, 2_000, 0),
                                new Folder("presets", false, 0, 0, 0),
                                new Folder("data", true, 1, 10, 2),
                                new Folder("uploads", false, 0, 0, 0)),
                        false);

        assertThat(StepText.of(restored))
                .isEqualTo(
                        "2 folders, 4 files and 2,010 bytes copied, 2 newer kept; not in the mirror: presets, uploads");
    }

    @Test
    void wholeRestoreSaysNoMore() {
        FilesRestoreResult planned =
                FilesRestoreResult.of(List.of(new Folder("output", true, 1, 5, 0)), true);

        assertThat(StepText.of(planned)).isEqualTo("1 folders, 1 files and 5 bytes to copy");
    }
}
