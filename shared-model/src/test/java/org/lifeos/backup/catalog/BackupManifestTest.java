package org.lifeos.backup.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.testing.SampleManifest;

class BackupManifestTest {
    private static final BackupManifest MANIFEST =
            SampleManifest.of(UUID.randomUUID(), new DumpFile("manual.sql.gz", 12, "0".repeat(64)));

    @Test
    void manifestIsReadAsItWasWritten() {
        BackupManifest read = Json.read(Json.write(MANIFEST), BackupManifest.class);

        assertThat(read).isEqualTo(MANIFEST);
        assertThat(read.fingerprint().sequences())
                .containsExactly(new SequenceContent("public.characters_id_seq", 3, true));
    }

    @Test
    void manifestFromBeforeFingerprintsIsRead() {
        String hash = MANIFEST.contents().getFirst().hash();
        String old =
                Json.write(MANIFEST)
                        .replaceFirst("\"fingerprint\":\\{.*}", "\"fingerprint\":null,\"end\":{}")
                        .replaceFirst(",\"end\":\\{}.*", ",\"verification\":null}")
                        .replace('"' + hash + '"', "null");

        BackupManifest read = Json.read(old, BackupManifest.class);

        assertThat(read.fingerprint()).isNull();
        assertThat(read.contents().getFirst())
                .isEqualTo(new TableContent("public.characters", 3, null));
        assertThat(read.described(false, "x").fingerprint()).isNull();
        assertThat(MANIFEST.described(false, "x").fingerprint()).isEqualTo(MANIFEST.fingerprint());
        assertThat(read.contents())
                .extracting(TableContent::table)
                .isEqualTo(List.of("public.characters", "public.\"Odd Name\""));
    }
}
