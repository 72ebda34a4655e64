package io.deskwave.control.iam;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PermissionsTest {
    private static Permissions of(String... names) {
        return new Permissions(Set.of(names));
    }

    @Test
    void aStarCoversTheRestAndNarrowerStars() {
        assertThat(of("workspace:*").cover("workspace:scripts:execute")).isTrue();
        assertThat(of("workspace:*").cover("workspace:scripts:*")).isTrue();
        assertThat(of("workspace:scripts:*").cover("workspace:*")).isFalse();
        assertThat(of("workspace:scripts:get*").cover("workspace:scripts:g*")).isFalse();
        assertThat(of("workspace:scripts:get").cover("workspace:scripts:get*")).isFalse();
        assertThat(of("workspace:*", "iam:*", "sts:*").cover("*")).isFalse();
        assertThat(of("*").cover(of("iam:users:create", "workspace:*", "*"))).isTrue();
        assertThat(Permissions.NONE.cover(Permissions.NONE)).isTrue();
    }

    @Test
    void powersAreComparedProjectByProject() {
        Powers here = new Powers(Map.of("a", of("*")));
        assertThat(here.cover(new Powers(Map.of("a", of("iam:*"))))).isTrue();
        assertThat(here.cover(new Powers(Map.of("a", of("iam:*"), "b", of("iam:users:get")))))
                .isFalse();
        assertThat(here.cover(new Powers(Map.of()))).isTrue();
    }
}
