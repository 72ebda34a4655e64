package io.deskwave.agent;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/** Which tool makes a snapshot on a machine, and its commands: lists of arguments, without a shell. Pure. */
final class SnapshotPlan {
    static final String PREFIX = "deskwave-";
    /** Of those made here on btrfs, the newest so many stay: each keeps what was deleted since from being freed. */
    static final int BTRFS_KEPT = 10;
    /** And on LVM, where each costs room in the volume group, and time at every write. */
    static final int LVM_KEPT = 3;

    private static final Pattern OURS = Pattern.compile(PREFIX + "\\d{8}T\\d{6}Z-[0-9a-f]{8}");

    private SnapshotPlan() {}

    enum Tool {
        SNAPPER,
        TIMESHIFT,
        BTRFS,
        LVM,
        WINDOWS,
        NONE
    }

    /** What was set up for it goes before what merely could. */
    static Tool choose(SnapshotMachine machine) {
        if (machine.windows()) {
            return Tool.WINDOWS;
        }
        var programs = machine.programs();
        if (programs.contains("snapper") && machine.snapperRoot()) {
            return Tool.SNAPPER;
        }
        if (programs.contains("timeshift") && machine.timeshiftReady()) {
            return Tool.TIMESHIFT;
        }
        if (programs.contains("btrfs") && machine.rootType().equals("btrfs")) {
            return Tool.BTRFS;
        }
        boolean lvm = programs.containsAll(List.of("lvs", "lvcreate", "lvremove"));
        return lvm && machine.rootSource().startsWith("/dev/mapper/") ? Tool.LVM : Tool.NONE;
    }

    static String whyNone(SnapshotMachine machine) {
        String unready = machine.programs().contains("snapper")
                ? "snapper has no configuration named root, "
                : machine.programs().contains("timeshift") ? "timeshift is not set up, " : "";
        return "this desktop cannot make a snapshot: " + unready + "its root is "
                + (machine.rootType().isEmpty() ? "not known" : machine.rootType())
                + " and on no LVM volume that its tools can reach. Set up snapper or timeshift on it, or give the control"
                + " plane a provider that makes snapshots (--provider)";
    }

    static List<String> snapper(UUID orderId) {
        return List.of(
                "snapper",
                "--config",
                "root",
                "create",
                "--type",
                "single",
                "--cleanup-algorithm",
                "number",
                "--print-number",
                "--description",
                "Deskwave " + orderId);
    }

    static List<String> timeshift(UUID orderId) {
        return List.of("timeshift", "--create", "--scripted", "--comments", "Deskwave " + orderId);
    }

    static List<String> btrfs(Path root, Path snapshot) {
        return List.of("btrfs", "subvolume", "snapshot", "-r", root.toString(), snapshot.toString());
    }

    static List<String> btrfsDelete(Path snapshot) {
        return List.of("btrfs", "subvolume", "delete", snapshot.toString());
    }

    static List<String> lvmLook(String device) {
        return List.of(
                "lvs",
                "--noheadings",
                "--separator",
                "|",
                "--units",
                "b",
                "--nosuffix",
                "--options",
                "vg_name,lv_name,pool_lv,lv_size,vg_free",
                device);
    }

    /** @param pool empty when it is no thin volume; then a snapshot takes its room from the group at once */
    record Volume(String group, String name, String pool, long sizeBytes, long freeBytes) {
        /** @throws IllegalArgumentException when the line is none of {@link #lvmLook} */
        static Volume parse(String line) {
            String[] fields = line.strip().split("\\|", -1);
            if (fields.length != 5 || fields[0].isBlank() || fields[1].isBlank()) {
                throw new IllegalArgumentException("lvs said '" + line.strip() + "' of the root volume");
            }
            return new Volume(
                    fields[0].strip(),
                    fields[1].strip(),
                    fields[2].strip(),
                    Long.parseLong(fields[3].strip()),
                    Long.parseLong(fields[4].strip()));
        }

        /** For what is written while the snapshot lives: a tenth of the volume, or what the group has left. */
        long roomBytes() {
            return Math.min(sizeBytes / 10, freeBytes);
        }

        boolean hasRoom() {
            return !pool.isEmpty() || roomBytes() >= sizeBytes / 50;
        }
    }

    static List<String> lvm(Volume volume, String name) {
        String origin = volume.group() + "/" + volume.name();
        return volume.pool().isEmpty()
                ? List.of("lvcreate", "--yes", "--snapshot", "--name", name, "--size", volume.roomBytes() + "b", origin)
                : List.of("lvcreate", "--yes", "--snapshot", "--name", name, origin);
    }

    static List<String> lvmList(String group) {
        return List.of("lvs", "--noheadings", "--options", "lv_name", group);
    }

    static List<String> lvmDelete(String group, String name) {
        return List.of("lvremove", "--yes", group + "/" + name);
    }

    /** Of all there are, those made here that are older than the newest so many. */
    static List<String> surplus(List<String> names, int kept) {
        List<String> ours = names.stream()
                .map(String::strip)
                .filter(name -> OURS.matcher(name).matches())
                .sorted()
                .toList();
        return ours.subList(0, Math.max(0, ours.size() - kept));
    }

    /**
     * A restore point, where the system makes them: Windows says nothing but a warning when it makes none, so it is looked
     * for. Else a shadow copy of the system drive.
     */
    static List<String> windows(UUID orderId) {
        String script = String.join(
                "\n",
                "$ErrorActionPreference = 'Stop'",
                "$name = 'Deskwave " + orderId + "'",
                "$why = 'it made none'",
                "try {",
                "  Checkpoint-Computer -Description $name -RestorePointType MODIFY_SETTINGS -WarningAction SilentlyContinue",
                "  $point = Get-ComputerRestorePoint | Where-Object { $_.Description -eq $name } | Select-Object -Last 1",
                "  if ($point) { Write-Output ('restore point ' + $point.SequenceNumber + ' ' + $name); exit 0 }",
                "} catch { $why = $_.Exception.Message }",
                "$made = Invoke-CimMethod -ClassName Win32_ShadowCopy -MethodName Create -Arguments @{"
                        + " Volume = ($env:SystemDrive + '\\'); Context = 'ClientAccessible' }",
                "if ($made.ReturnValue -eq 0) { Write-Output ('shadow copy ' + $made.ShadowID); exit 0 }",
                "[Console]::Error.WriteLine('no restore point (' + $why + '), and no shadow copy (code '"
                        + " + $made.ReturnValue + ')')",
                "exit 1");
        return List.of("powershell.exe", "-NoProfile", "-NonInteractive", "-Command", script);
    }

    /** The last line that says something. */
    static String lastLine(String output) {
        return Arrays.stream(output.split("\\R", -1))
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .reduce((earlier, later) -> later)
                .orElse("");
    }
}
