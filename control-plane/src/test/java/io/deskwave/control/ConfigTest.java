package io.deskwave.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.execution.Limits;
import io.deskwave.control.execution.Retention;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {
    @Test
    void hasDefaultsThatServeThisMachineOnly() {
        assertThat(parse("serve"))
                .isEqualTo(new Config(
                        "127.0.0.1",
                        8080,
                        Path.of("deskwave-data"),
                        Optional.empty(),
                        Path.of("deskwave-data/master.key"),
                        "local-1",
                        Optional.empty(),
                        false,
                        Optional.empty(),
                        new Retention(90, 30, 0),
                        new Limits(10_000, 1_000),
                        Config.usualLoops(Runtime.getRuntime().availableProcessors()),
                        0,
                        Optional.empty(),
                        Optional.empty()));
    }

    @Test
    void oneEventLoopForEachFourCores() {
        assertThat(List.of(1, 2, 4, 7, 8, 64, 1000)).map(Config::usualLoops).containsExactly(1, 1, 1, 1, 2, 4, 4);
    }

    @ParameterizedTest
    @CsvSource({"0", "17", "-1", "two"})
    void saysHowManyEventLoopsThereMayBe(String number) {
        assertThatThrownBy(() -> parse("serve --event-loops=" + number))
                .isInstanceOf(Config.Wrong.class)
                .hasMessage("--event-loops must be a number between 1 and 16, not '" + number + "'");
    }

    @Test
    void readsEveryOption() {
        assertThat(parse("serve --host 0.0.0.0 --port=0 --data-dir d --database-url postgresql://u:p@h/d "
                        + "--master-key-file k --project-name p --tls-certificate c --tls-private-key t "
                        + "--allow-insecure --public-endpoint https://deskwave.example.com "
                        + "--keep-records-days 40 --keep-output-days 0 --keep-output-gigabytes 500 --max-open-tasks 20 "
                        + "--max-desktop-records 30 --event-loops 3 --drain-seconds 20 "
                        + "--after-restore 2026-11-21T20:00:00Z --provider /opt/provider"))
                .isEqualTo(everything());
    }

    @Test
    void readsEveryVariable() {
        Map<String, String> environment = new HashMap<>(Map.of(
                "DESKWAVE_HOST", "0.0.0.0",
                "DESKWAVE_PORT", "0",
                "DESKWAVE_DATA_DIR", "d",
                "DESKWAVE_DATABASE_URL", "postgresql://u:p@h/d",
                "DESKWAVE_MASTER_KEY_FILE", "k",
                "DESKWAVE_PROJECT_NAME", "p",
                "DESKWAVE_TLS_CERTIFICATE", "c",
                "DESKWAVE_TLS_PRIVATE_KEY", "t",
                "DESKWAVE_ALLOW_INSECURE", "true",
                "DESKWAVE_PUBLIC_ENDPOINT", "https://deskwave.example.com"));
        environment.put("DESKWAVE_KEEP_RECORDS_DAYS", "40");
        environment.put("DESKWAVE_KEEP_OUTPUT_DAYS", "0");
        environment.put("DESKWAVE_KEEP_OUTPUT_GIGABYTES", "500");
        environment.put("DESKWAVE_MAX_OPEN_TASKS", "20");
        environment.put("DESKWAVE_MAX_DESKTOP_RECORDS", "30");
        environment.put("DESKWAVE_EVENT_LOOPS", "3");
        environment.put("DESKWAVE_DRAIN_SECONDS", "20");
        environment.put("DESKWAVE_AFTER_RESTORE", "2026-11-21T20:00:00Z");
        environment.put("DESKWAVE_PROVIDER", "/opt/provider");

        assertThat(Config.parse(List.of("serve"), environment)).isEqualTo(everything());
    }

    @Test
    void anOptionWinsOverAVariableAndAnEmptyVariableIsNone() {
        Map<String, String> environment = Map.of("DESKWAVE_PORT", "1", "DESKWAVE_HOST", "");

        Config config = Config.parse(List.of("serve", "--port", "2"), environment);

        assertThat(config.port()).isEqualTo(2);
        assertThat(config.host()).isEqualTo("127.0.0.1");
    }

    @Test
    void putsTheMasterKeyIntoTheDataFolder() {
        assertThat(parse("serve --data-dir d").masterKeyFile()).isEqualTo(Path.of("d/master.key"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "start                                          | must be serve",
                "serve --prot 1                                 | did you mean --port",
                "serve --database postgresql://h/d              | did you mean --database-url",
                "serve --port                                   | --port needs a value",
                "serve --port --host x                          | --port needs a value",
                "serve --port http                              | not 'http'",
                "serve --keep-records-days -1                   | --keep-records-days must be a number",
                "serve --keep-output-gigabytes 100001           | --keep-output-gigabytes must be a number",
                "serve --max-open-tasks 0                       | must be at least 1",
                "serve --drain-seconds 61                       | between 0 and 60",
                "serve --port 65536                             | between 0 and 65535",
                "serve --port=-1                                | between 0 and 65535",
                "serve --port 1 --port 2                        | given once",
                "serve --data-dir=                              | given once, with a value",
                "serve --host 0.0.0.0                           | --allow-insecure",
                "serve --host 192.0.2.1                         | --allow-insecure",
                "serve --host 127.0.0.1.example.com             | --allow-insecure",
                "serve --tls-certificate c                      | give both",
                "serve --tls-private-key k                      | give both",
                "serve --allow-insecure=perhaps                 | true or false",
                "serve --public-endpoint deskwave.example.com   | must be like https://",
                "serve --public-endpoint https://h/path         | without a path",
            })
    void refusesWhatCannotBeMeantAndSaysWhatToWrite(String line, String answer) {
        assertThatThrownBy(() -> parse(line)).isInstanceOf(Config.Wrong.class).hasMessageContaining(answer);
    }

    @ParameterizedTest
    @CsvSource({"localhost", "127.0.0.1", "127.8.9.1", "::1"})
    void servesLoopbackWithoutTls(String host) {
        assertThat(parse("serve --host " + host).host()).isEqualTo(host);
    }

    @Test
    void doesNotShowThePasswordOfTheDatabase() {
        assertThat(parse("serve --database-url postgresql://me:hunter22@h/d").toString())
                .contains("database=external")
                .doesNotContain("hunter22")
                .doesNotContain("me:");
    }

    @Test
    void explainsEveryOption() {
        assertThat(Config.asksForHelp(List.of("serve", "--help"))).isTrue();
        assertThat(Config.asksForHelp(List.of("serve"))).isFalse();
        assertThat(Config.usage())
                .contains(
                        "--host H",
                        "--port P",
                        "--data-dir D",
                        "--database-url U",
                        "--master-key-file F",
                        "--project-name N",
                        "--tls-certificate F",
                        "--tls-private-key F",
                        "--allow-insecure",
                        "--public-endpoint URL",
                        "DESKWAVE_");
    }

    private static Config everything() {
        return new Config(
                "0.0.0.0",
                0,
                Path.of("d"),
                Optional.of("postgresql://u:p@h/d"),
                Path.of("k"),
                "p",
                Optional.of(new Config.TlsFiles(Path.of("c"), Path.of("t"))),
                true,
                Optional.of("https://deskwave.example.com"),
                new Retention(40, 0, 500),
                new Limits(20, 30),
                3,
                20,
                Optional.of(Instant.parse("2026-11-21T20:00:00Z")),
                Optional.of(Path.of("/opt/provider")));
    }

    private static Config parse(String line) {
        return Config.parse(Arrays.asList(line.split(" ")), Map.of());
    }
}
