package io.deskwave.agent;

import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.TrustOptions;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts exactly one certificate, by its SHA-256: the enrollment token brought it, so neither an authority nor the host
 * name has a say.
 */
final class Trust extends X509ExtendedTrustManager {
    private final String fingerprint;

    private Trust(String fingerprint) {
        this.fingerprint = fingerprint.toLowerCase(Locale.ROOT).replace(":", "");
    }

    static void only(String fingerprint, ClientOptionsBase options) {
        var unused = options.setTrustOptions(TrustOptions.wrap(new Trust(fingerprint)));
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private void check(X509Certificate[] chain) throws CertificateException {
        byte[] actual = sha256(chain[0].getEncoded());
        if (!HexFormat.of().formatHex(actual).equals(fingerprint)) {
            throw new CertificateException("the server's certificate is not the one the enrollment token names");
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("an agent has no clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("an agent has no clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("an agent has no clients");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
