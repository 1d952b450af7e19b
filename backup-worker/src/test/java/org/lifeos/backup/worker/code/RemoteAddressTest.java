package org.lifeos.backup.worker.code;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteAddressTest {
    private static RemoteAddress of(String text) {
        return RemoteAddress.of(text, Path.of("/life-os"));
    }

    @ParameterizedTest
    @CsvSource({
        "https://github.com/me/x.git, HTTPS, https://github.com/me/x.git",
        "https://ada:secret@github.com/me/x.git, HTTPS, https://github.com/me/x.git",
        "https://secret@github.com/me/x.git, HTTPS, https://github.com/me/x.git",
        "HTTPS://a:secret@b:secret@host:8443/x, HTTPS, https://host:8443/x",
        "http://ada:secret@[::1]:80/x.git?token=secret#secret, HTTP, http://[::1]:80/x.git",
        "ssh://git:secret@host:22/x.git, SSH, ssh://git@host:22/x.git",
        "git://a:secret@host/x.git, GIT, git://host/x.git",
        "git@github.com:me/x.git, SSH, git@github.com:me/x.git",
        "/srv/a@b:c.git, PATH, /srv/a@b:c.git",
        "file:///srv/x.git, PATH, file:///srv/x.git",
        "user:secret@host:x.git, OTHER, …@host:x.git",
        "https://ada:sec/ret@host/x.git, OTHER, https://…",
        "ext::sh -c secret, OTHER, ext::…",
        "ftp://ada:secret@host/x, OTHER, ftp://…"
    })
    void nothingSecretIsShownOrAsked(String text, RemoteAddress.Kind kind, String shown) {
        RemoteAddress address = of(text);

        assertThat(address.kind()).isEqualTo(kind);
        assertThat(address.shown()).isEqualTo(shown);
        assertThat(address.toString() + address.asked()).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext::sh -c x", "https://ada:sec/ret@host/x.git", "a:b@host:x", "x\ny"})
    void whatIsNoPlainAddressIsNotAsked(String text) {
        assertThat(of(text).asked()).isNull();
    }

    @Test
    void relativePathBeginsAtTheRepository() {
        assertThat(of("../other.git").asked()).isEqualTo("/other.git");
        assertThat(of("../other.git").shown()).isEqualTo("../other.git");
    }

    @Test
    void secretsAreKnownInEveryFormThatTheyAreSentIn() {
        assertThat(of("https://ada:s%2Bc+ret@host/x").secrets())
                .containsExactlyInAnyOrder("s%2Bc+ret", "s+c+ret", "YWRhOnMrYytyZXQ=");
        assertThat(of("https://ghp_x@host/x").secrets()).contains("ghp_x");
        assertThat(of("ssh://git@host/x").secrets()).isEmpty();
    }
}
