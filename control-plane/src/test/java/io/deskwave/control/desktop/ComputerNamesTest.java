package io.deskwave.control.desktop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.http.ApiException;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class ComputerNamesTest {
    @Test
    void aThousandNamesBehindNineThousandAreMadeAtOnce() {
        var names = new ComputerNames(numbered("pool", 9_000));
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(2), () -> IntStream.rangeClosed(9_001, 9_999)
                .forEach(number -> assertThat(names.next("name", "pool")).isEqualTo("pool" + number)));
    }

    @Test
    void gapsAreFilledWhateverTheCaseOfAPrefix() {
        var names = new ComputerNames(Set.of("PC01", "pc03"));
        assertThat(names.next("name", "pc")).isEqualTo("pc02");
        assertThat(names.next("name", "Pc")).isEqualTo("Pc04");
        assertThat(names.next("name", "p")).isEqualTo("p01");
    }

    @Test
    void aNameThatGrewTooLongIsRefused() {
        var names = new ComputerNames(numbered("thirteen-long", 98));
        assertThat(names.next("desktop_name", "thirteen-long")).isEqualTo("thirteen-long99");
        assertThatThrownBy(() -> names.next("desktop_name", "thirteen-long"))
                .isInstanceOf(ApiException.BadRequest.class)
                .hasMessageContaining("thirteen-long")
                .hasMessageContaining("shorter desktop_name");
        var pool = new ComputerNames(numbered("eleven-long", 9_999));
        assertThatThrownBy(() -> pool.next("name of the pool", "eleven-long"))
                .isInstanceOf(ApiException.BadRequest.class);
    }

    private static Set<String> numbered(String prefix, int most) {
        return IntStream.rangeClosed(1, most)
                .mapToObj(number -> prefix + (number < 10 ? "0" : "") + number)
                .collect(Collectors.toSet());
    }
}
