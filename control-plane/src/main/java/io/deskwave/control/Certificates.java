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

    /** Of the certificate that is served; null without TLS. */
    static @Nullable String fingerprint(Config config) {
        return config.tls().map(files -> fingerprint(files.certificate())).orElse(null);
    }

    /** Lower-case hex SHA-256 of the first certificate in a PEM file. */
    static String fingerprint(Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            byte[] encoded = CertificateFactory.getInstance("X.509")
                    .generateCertificate(in)
                    .getEncoded();
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(encoded));
        } catch (IOException | GeneralSecurityException e) {
            throw new StartFault("the file " + pem + " of --tls-certificate is no PEM certificate: " + e.getMessage());
        }
    }
}
