package io.deskwave.agent;

import io.deskwave.protocol.HostInfo;
import java.io.IOException;

/** The host info as it was last seen, and the boot it belongs to. Any thread. */
final class HostWatch {
    private final HostProbe probe;
    private Boot boot;
    private HostInfo latest;

    private HostWatch(HostProbe probe, Boot boot) {
        this.probe = probe;
        this.boot = boot;
        this.latest = probe.quick(boot);
    }

    /** Blocking. */
    static HostWatch open(Power power) throws IOException {
        Boot real = Boot.real();
        return new HostWatch(new HostProbe(real), power.boot(real));
    }

    HostProbe probe() {
        return probe;
    }

    synchronized HostInfo latest() {
        return latest;
    }

    /** Looks again. Blocking; the boot time is taken once, since it wanders with the clock. */
    HostInfo refresh() {
        HostInfo now = probe.full(currentBoot());
        synchronized (this) {
            if (now.bootId().equals(boot.id())) {
                latest = now;
            }
            return latest;
        }
    }

    synchronized Boot currentBoot() {
        return boot;
    }

    synchronized void rebooted(Boot newBoot) {
        boot = newBoot;
        HostInfo h = latest;
        latest = new HostInfo(
                h.osType(),
                h.osName(),
                h.osVersion(),
                h.architecture(),
                h.hostname(),
                h.machineId(),
                newBoot.id(),
                newBoot.time(),
                h.cpu(),
                h.memoryBytes(),
                h.disks(),
                h.interfaces(),
                h.users());
    }
}
