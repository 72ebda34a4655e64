package io.deskwave.control.e2e;

import java.util.List;
import java.util.stream.Stream;

/** An installation over http and one over https, each with two desktops, and every way of the vendor's SDK into them. */
final class VendorInstallations implements AutoCloseable {
    final Installation plain = started(false);
    private final Installation secure = started(true);
    private final List<VendorSdk> ways =
            Stream.of(plain, secure).flatMap(VendorSdk::ways).toList();

    private static Installation started(boolean tls) {
        var installation = new Installation(tls);
        Stream.of("desk-1", "desk-2").forEach(installation::startAgent);
        return installation;
    }

    Stream<VendorSdk> ways() {
        return ways.stream();
    }

    @Override
    public void close() {
        plain.close();
        secure.close();
    }
}
