package org.lifeos.backup.worker.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PullErrorsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "NOT_IN_REGISTRY | pull model manifest: file does not exist",
                "REFUSED | pull model manifest: unauthorized: access denied",
                "REFUSED | pull model manifest: 401: {\"errors\":[]}",
                "REFUSED | pull model manifest: 403: forbidden",
                "REFUSED | pull model manifest: realm host \"a\" does not match original host \"b\"",
                "PERMANENT | pull model manifest: 412: \\n\\nThe model you are attempting to pull requires a newer version of Ollama.\\n\\n",
                "PERMANENT | this model requires MLX support, but the MLX runtime is not available",
                "RATE_LIMITED | pull model manifest: 429: {}",
                "TRANSIENT | pull model manifest: 500: oops",
                "TRANSIENT | pull model manifest: 503: ",
                "REGISTRY_UNREACHABLE | pull model manifest: Get \"https://registry.ollama.ai/v2/x\": dial tcp: lookup registry.ollama.ai: no such host",
                "REGISTRY_UNREACHABLE | pull model manifest: Get \"https://registry.ollama.ai/v2/x\": read tcp 1.2.3.4:5: i/o timeout",
                "REGISTRY_UNREACHABLE | pull model manifest: Get \"https://registry.ollama.ai/v2/x\": dial tcp 1.2.3.4:443: connect: connection refused",
                "REGISTRY_UNREACHABLE | pull model manifest: Get \"https://registry.ollama.ai/v2/x\": EOF",
                "REGISTRY_UNREACHABLE | pull model manifest: Get \"https://registry.ollama.ai/v2/x\": net/http: TLS handshake timeout",
                "CONFIGURATION | pull model manifest: Get \"https://registry.ollama.ai/v2/x\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
                "CONFIGURATION | pull model manifest: invalid character '<' looking for beginning of value",
                "TRANSIENT | max retries exceeded: EOF",
                "TRANSIENT | max retries exceeded: unexpected EOF",
                "TRANSIENT | max retries exceeded: read tcp 1.2.3.4:5: connection reset by peer",
                "TRANSIENT | max retries exceeded: Get \"https://cdn.example/blob\": EOF",
                "TRANSIENT | context deadline exceeded",
                "ABORTED | context canceled",
                "ABORTED | Get \"https://registry.ollama.ai/v2/x\": context canceled",
                "DISK_FULL | write /root/.ollama/models/blobs/sha256-ab-partial: no space left on device",
                "DISK_FULL | max retries exceeded: write /x/blobs/sha256-ab-partial-3: no space left on device",
                "PARTIAL_CORRUPT | EOF",
                "PARTIAL_CORRUPT | unexpected EOF",
                "DIGEST_MISMATCH | digest mismatch, file must be downloaded again: want sha256:a, got sha256:b",
                "STORE | open /root/.ollama/models/blobs/x: permission denied",
                "STORE | mkdir /x: file exists",
                "STORE | open /x: read-only file system",
                "STORE | write /x: disk quota exceeded",
                "PERMANENT | http: no Location header in response",
                "PERMANENT | me/foo: digest is empty",
                "PERMANENT | invalid digest format",
                "BLOB_MISSING | file does not exist",
                "BLOB_MISSING | 404: ",
                "TRANSIENT | 503: ",
                "TRANSIENT | remove /x/sha256-ab-partial-3: no such file or directory",
                "TRANSIENT | open /x/sha256-ab: no such file or directory",
                "TRANSIENT | something that nobody has seen before"
            })
    void errorOfAPullHasItsClass(FailureClass kind, String text) {
        assertThat(PullErrors.of(text.replace("\\n", "\n")).kind()).isEqualTo(kind);
    }

    @Test
    void textIsKeptInOneLineWithoutTheQueriesOfSignedAddresses() {
        PullFailure failure =
                PullErrors.of(
                        "max retries exceeded: Get \"https://cdn.example/blob?X-Amz-Signature=deadbeef&x=1\": EOF\n\nmore");

        assertThat(failure.text())
                .isEqualTo("max retries exceeded: Get \"https://cdn.example/blob?***\": EOF more");
    }

    @Test
    void megabytesOfHtmlBecomeTwoKilobytes() {
        PullFailure failure = PullErrors.of("<html>" + "é\n".repeat(1_000_000));

        assertThat(failure.text().getBytes(StandardCharsets.UTF_8).length).isLessThan(4096);
        assertThat(failure.text()).startsWith("<html>").endsWith("…");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | true  | invalid model name                     | PERMANENT",
                "400 | true  | use either :local or :cloud, not both  | PERMANENT",
                "400 | true  | missing request body                   | PERMANENT",
                "404 | true  | pull model manifest: file does not exist | NOT_IN_REGISTRY",
                "500 | true  | something                              | TRANSIENT",
                "500 | true  | write /x: no space left on device      | DISK_FULL",
                "403 | false | ''                                     | CONFIGURATION",
                "401 | false | <html>                                 | CONFIGURATION",
                "404 | false | 404 page not found                     | CONFIGURATION",
                "413 | false | <html>                                 | CONFIGURATION",
                "429 | false | slow down                              | RATE_LIMITED",
                "504 | false | <html>                                 | TRANSIENT"
            })
    void answerThatIsNoStreamHasItsClass(
            int status, boolean json, String error, FailureClass kind) {
        assertThat(PullErrors.ofStatus(status, json, error).kind()).isEqualTo(kind);
    }
}
