package io.deskwave.control.db;

import io.vertx.core.net.ClientSSLOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;

/** {@code postgresql://user:password@host:port/database?sslmode=require}, read. The text holds a password: never show it. */
public final class DatabaseUrl {
    private static final String EXAMPLE = "postgresql://user:password@host:5432/database";

    private DatabaseUrl() {}

    public static PgConnectOptions parse(String url) {
        if (!url.startsWith("postgresql://") && !url.startsWith("postgres://")) {
            throw new DatabaseFault("--database-url must look like " + EXAMPLE);
        }
        PgConnectOptions connect;
        try {
            connect = PgConnectOptions.fromUri(url);
        } catch (RuntimeException e) {
            // Its message quotes the URL, password included.
            throw new DatabaseFault("--database-url cannot be read: it must look like " + EXAMPLE
                    + ", with special characters of the password percent-encoded");
        }
        return withTls(connect);
    }

    private static PgConnectOptions withTls(PgConnectOptions connect) {
        SslMode mode = connect.getSslMode();
        if (mode == SslMode.DISABLE) {
            return connect;
        }
        boolean verified = mode == SslMode.VERIFY_CA || mode == SslMode.VERIFY_FULL;
        return connect.setSslOptions(new ClientSSLOptions()
                .setTrustAll(!verified)
                .setHostnameVerificationAlgorithm(mode == SslMode.VERIFY_FULL ? "HTTPS" : ""));
    }
}
