package org.lifeos.backup.api.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.access.Role;

class TokensTest {
    /** SHA-256 of {@code secret}. */
    private static final String HASH =
            "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

    @Test
    void aTokenIsLetInUnderItsNameAndRole() throws Exception {
        Tokens tokens =
                Tokens.parse(
                        "# comment\n\ndeploy:operator:a:b:c\r\nboss:admin:sha256:" + HASH + "\n");

        assertThat(tokens.find("a:b:c"))
                .hasValueSatisfying(token -> {
                    assertThat(token.name()).isEqualTo("deploy");
                    assertThat(token.role()).isEqualTo(Role.OPERATOR);
                });
        assertThat(tokens.find("secret")).map(Tokens.Token::name).contains("boss");
        assertThat(tokens.find(HASH)).isEmpty();
        assertThat(tokens.find("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "# nothing",
                "deploy",
                "deploy:operator",
                "deploy:operator:",
                "deploy:root:s3cretXYZ",
                "a b:admin:s3cretXYZ",
                "deploy:admin:sha256:s3cretXYZ",
                "deploy:admin:s3cretXYZ\ndeploy:viewer:s3cretXYZ"
            })
    void wrongLinesAreRefusedWithoutRepeatingAToken(String lines) {
        assertThatThrownBy(() -> Tokens.parse(lines))
                .isInstanceOf(Tokens.WrongTokens.class)
                .message()
                .doesNotContain("s3cretXYZ");
    }
}
