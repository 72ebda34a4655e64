package io.deskwave.control.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExportFileNameTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    private static String name(String taskName) {
        var spec = new ExportSpec(
                UUID.randomUUID(), ExportFormat.CSV, ExportLanguage.EN_US, ZoneId.of("Asia/Shanghai"), NOW, NOW);
        return ExportFileName.of(taskName, spec, NOW);
    }

    @ParameterizedTest
    @CsvSource({
        "Nightly restart, Nightly restart",
        "../../etc/passwd, __.._etc_passwd",
        "a\\b:c*d?e<f>g|h, a_b_c_d_e_f_g_h",
        "夜间重启, 夜间重启",
        "50%, 50_",
    })
    void aNameIsOneThatEverySystemTakes(String taskName, String safe) {
        assertThat(name(taskName)).isEqualTo(safe + "-records-20261121-200000.csv");
    }

    @Test
    void aNameIsShortAndDeceivesNobody() {
        assertThat(name("\u202egnp.exe")).startsWith("_gnp.exe-records-");
        assertThat(name("😀".repeat(255))).startsWith("😀".repeat(80) + "-records-");
    }

    @Test
    void aResponseSaysTheNameInAsciiAndInFull() {
        assertThat(ExportFileName.disposition("夜 \"x\".csv"))
                .isEqualTo("attachment; filename=\"_ _x_.csv\"; filename*=UTF-8''%E5%A4%9C%20%22x%22.csv");
    }
}
