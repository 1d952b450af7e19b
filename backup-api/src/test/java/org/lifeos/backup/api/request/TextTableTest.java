package org.lifeos.backup.api.request;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextTableTest {

    @Test
    void columnsAreAsWideAsTheirWidestCell() {
        String table = new TextTable("NAME", "N").row("a", 1).row("longer", null).toString();

        assertThat(table).isEqualTo("NAME    N\na       1\nlonger  -\n");
    }
}
