package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.agent.SnapshotPlan.Tool;
import io.deskwave.agent.SnapshotPlan.Volume;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SnapshotPlanTest {
    private static final UUID ORDER = UUID.fromString("0a1b2c3d-2222-4333-8444-555555555555");

    private static SnapshotMachine machine(
            boolean windows, String programs, boolean snapper, boolean timeshift, String type, String source) {
        Set<String> there = Arrays.stream(programs.split(" "))
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toSet());
        return new SnapshotMachine(windows, there, snapper, timeshift, type, source);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true  | ''                           | false | false | ''      | ''                 | WINDOWS",
                "false | ''                           | false | false | ''      | ''                 | NONE",
                "false | ''                           | false | false | ext4    | /dev/sda1          | NONE",
                "false | snapper timeshift btrfs      | true  | true  | btrfs   | /dev/sda1          | SNAPPER",
                "false | snapper timeshift btrfs      | false | true  | btrfs   | /dev/sda1          | TIMESHIFT",
                "false | snapper timeshift btrfs      | false | false | btrfs   | /dev/sda1          | BTRFS",
                "false | snapper                      | false | false | btrfs   | /dev/sda1          | NONE",
                "false | ''                           | true  | true  | btrfs   | /dev/sda1          | NONE",
                "false | timeshift                    | false | true  | ext4    | /dev/sda1          | TIMESHIFT",
                "false | timeshift                    | false | false | ext4    | /dev/sda1          | NONE",
                "false | btrfs                        | false | false | ext4    | /dev/sda1          | NONE",
                "false | btrfs                        | false | false | overlay | overlay            | NONE",
                "false | lvs lvcreate lvremove        | false | false | ext4    | /dev/mapper/a-root | LVM",
                "false | lvs lvcreate lvremove btrfs  | false | false | xfs     | /dev/mapper/a-root | LVM",
                "false | lvs lvcreate lvremove btrfs  | false | false | btrfs   | /dev/mapper/a-root | BTRFS",
                "false | lvs lvcreate                 | false | false | ext4    | /dev/mapper/a-root | NONE",
                "false | lvs lvcreate lvremove        | false | false | ext4    | /dev/sda1          | NONE",
            })
    void choosesWhatWasSetUpBeforeWhatMerelyCould(
            boolean windows,
            String programs,
            boolean snapper,
            boolean timeshift,
            String type,
            String source,
            Tool expected) {
        SnapshotMachine machine = machine(windows, programs, snapper, timeshift, type, source);
        assertThat(SnapshotPlan.choose(machine)).isEqualTo(expected);
        assertThat(SnapshotPlan.whyNone(machine))
                .contains("Set up snapper or timeshift")
                .contains("--provider");
    }

    @Test
    void commandsAreListsWithoutAShell() {
        assertThat(SnapshotPlan.snapper(ORDER))
                .startsWith("snapper", "--config", "root", "create")
                .endsWith("--description", "Deskwave " + ORDER);
        assertThat(SnapshotPlan.timeshift(ORDER))
                .containsExactly("timeshift", "--create", "--scripted", "--comments", "Deskwave " + ORDER);
        assertThat(SnapshotPlan.btrfs(Path.of("/"), Path.of("/.deskwave-snapshots/x")))
                .containsExactly("btrfs", "subvolume", "snapshot", "-r", "/", "/.deskwave-snapshots/x");
        assertThat(SnapshotPlan.windows(ORDER))
                .startsWith("powershell.exe", "-NoProfile", "-NonInteractive", "-Command")
                .hasSize(5);
        assertThat(SnapshotPlan.windows(ORDER).get(4))
                .contains("Checkpoint-Computer", "Get-ComputerRestorePoint", "Win32_ShadowCopy", ORDER.toString());
    }

    @Test
    void aVolumeOutsideOfAPoolTakesItsRoomFromTheGroup() {
        Volume thick = Volume.parse("  vg0|root||100000000000|40000000000\n");
        assertThat(SnapshotPlan.lvm(thick, "s"))
                .containsExactly(
                        "lvcreate", "--yes", "--snapshot", "--name", "s", "--size", "10000000000b", "vg0/root");
        assertThat(thick.hasRoom()).isTrue();
        assertThat(Volume.parse("vg0|root||100000000000|3000000000").roomBytes())
                .isEqualTo(3_000_000_000L);
        assertThat(Volume.parse("vg0|root||100000000000|1000000000").hasRoom()).isFalse();
        Volume thin = Volume.parse("vg0|root|pool|100000000000|0");
        assertThat(thin.hasRoom()).isTrue();
        assertThat(SnapshotPlan.lvm(thin, "s"))
                .containsExactly("lvcreate", "--yes", "--snapshot", "--name", "s", "vg0/root");
        for (String line : List.of("", "  Failed to find logical volume", "vg0||||", "a|b|c|x|1", "a|b|c|1")) {
            assertThatThrownBy(() -> Volume.parse(line)).as(line).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void removesOnlyItsOwnAndTheOldestFirst() {
        var names = new ArrayList<String>(List.of("root", "  deskwave-mine", "deskwave-20260101T000000Z-zzzzzzzz"));
        for (int day = 15; day >= 11; day--) {
            names.add("  " + SnapshotMaker.name(ORDER, Instant.parse("2026-11-" + day + "T10:00:00Z")) + " ");
        }
        assertThat(SnapshotPlan.surplus(names, 3))
                .containsExactly("deskwave-20261111T100000Z-0a1b2c3d", "deskwave-20261112T100000Z-0a1b2c3d");
        assertThat(SnapshotPlan.surplus(names, 10)).isEmpty();
    }

    @Test
    void readsWhatIsMountedAtTheRoot() {
        assertThat(
                        SnapshotMachine.root(
                                """
                        1 0 0:1 / / rw - rootfs rootfs rw
                        22 1 254:0 /@ / rw,relatime shared:1 master:2 - btrfs /dev/mapper/vg-root rw,subvol=/@
                        23 22 0:21 / /proc rw - proc proc rw
                        """))
                .containsExactly("btrfs", "/dev/mapper/vg-root");
        assertThat(SnapshotMachine.root("")).containsExactly("", "");
        assertThat(SnapshotMachine.root("x - y\n1 0 0:1 / / rw -\n")).containsExactly("", "");
    }

    @Test
    void theLastLineThatSaysSomething() {
        assertThat(SnapshotPlan.lastLine("a\r\n b \n\n  \n")).isEqualTo("b");
        assertThat(SnapshotPlan.lastLine("")).isEmpty();
    }
}
