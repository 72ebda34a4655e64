package io.deskwave.control;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** What agents pin: the server's certificate. */
final class Certificates {
    private Certificates() {}

    /** Of the certificate that is to be served; null without TLS. Fails when the files cannot be used. */
    static @Nullable String fingerprint(Config config) {
        return config.tls()
                .map(files -> {
                    requireReadable("--tls-certificate", files.certificate());
                    requireReadable("--tls-private-key", files.privateKey());
                    return fingerprint(files.certificate());
                })
                .orElse(null);
    }

    private static void requireReadable(String option, Path file) {
        if (!Files.isReadable(file)) {
            throw new StartFault("the file " + file + " of " + option + " cannot be read: check its name and its mode");
        }
    }

    /** Lower-case hex SHA-256 of the first certificate in a PEM file. */
    static String fingerprint(Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            byte[] encoded = CertificateFactory.getInstance("X.509")
                    .generateCertificate(in)
                    .getEncoded();
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(encoded));
        } catch (GeneralSecurityException e) {
            throw new StartFault(
                    "the file " + pem + " of --tls-certificate is no PEM certificate, or does not begin with "
                            + "one: give the chain, the server's own first, and the key with --tls-private-key");
        } catch (IOException e) {
            throw new StartFault("the file " + pem + " of --tls-certificate cannot be read: " + e.getMessage());
        }
    }
}
