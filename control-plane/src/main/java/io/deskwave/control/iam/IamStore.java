package io.deskwave.control.iam;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.StreamSupport;

/** Users, projects, access keys and installation keys in PostgreSQL. */
final class IamStore {
    private static final String LOCK = "SELECT pg_advisory_xact_lock(hashtext('deskwave.bootstrap'))";
    private static final String IS_INSTALLED = "SELECT EXISTS (SELECT FROM domains)";
    private static final String INSERT_DOMAIN = "INSERT INTO domains (id, name) VALUES ($1, $2)";
    private static final String INSERT_PROJECT = "INSERT INTO projects (id, domain_id, name) VALUES ($1, $2, $3)";
    private static final String INSERT_USER =
            "INSERT INTO users (id, domain_id, name, password_hash) VALUES ($1, $2, $3, $4)";
    private static final String INSERT_ACCESS_KEY =
            "INSERT INTO access_keys (access_key, user_id, wrapped_secret) VALUES ($1, $2, $3)";
    private static final String INSERT_KEY = "INSERT INTO installation_keys (name, wrapped) VALUES ($1, $2)";
    private static final String LIST_KEYS = "SELECT name, wrapped FROM installation_keys";
    private static final String FIND_ACCESS_KEY =
            """
            SELECT k.user_id, k.wrapped_secret FROM access_keys k JOIN users u ON u.id = k.user_id
            WHERE k.access_key = $1 AND NOT k.disabled AND NOT u.disabled""";
    private static final String FIND_USER =
            """
            SELECT u.id, u.name, u.password_hash, u.disabled, u.tokens_generation, d.id AS domain_id, d.name AS domain_name
            FROM users u JOIN domains d ON d.id = u.domain_id
            WHERE (u.id = $1 OR u.name = $2) AND ($3::text IS NULL OR d.name = $3)
                AND ($4::text IS NULL OR d.id = $4)""";

    record User(
            String id,
            String name,
            String passwordHash,
            boolean disabled,
            long tokensGeneration,
            String domainId,
            String domainName) {
        @Override
        public String toString() {
            return "User[" + id + "]";
        }
    }

    record AccessKey(String userId, byte[] wrappedSecret) {
        @Override
        public String toString() {
            return "AccessKey[of " + userId + "]";
        }
    }

    /** Everything that the first start makes. */
    record Installation(
            String domainId,
            String domainName,
            String projectId,
            String projectName,
            String userId,
            String userName,
            String passwordHash,
            String accessKey,
            byte[] wrappedSecret,
            Map<String, byte[]> wrappedKeys) {
        @Override
        public String toString() {
            return "Installation[" + domainName + "]";
        }
    }

    /** Until the transaction ends no other node can install. */
    Future<Void> lock(SqlClient client) {
        return client.query(LOCK).execute().mapEmpty();
    }

    Future<Boolean> isInstalled(SqlClient client) {
        return client.query(IS_INSTALLED)
                .execute()
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    Future<Void> insert(SqlClient client, Installation made) {
        List<Tuple> keys = made.wrappedKeys().entrySet().stream()
                .map(key -> Tuple.of(key.getKey(), Buffer.buffer(key.getValue())))
                .toList();
        return run(client, INSERT_DOMAIN, Tuple.of(made.domainId(), made.domainName()))
                .compose(done ->
                        run(client, INSERT_PROJECT, Tuple.of(made.projectId(), made.domainId(), made.projectName())))
                .compose(done -> run(
                        client,
                        INSERT_USER,
                        Tuple.of(made.userId(), made.domainId(), made.userName(), made.passwordHash())))
                .compose(done -> new GrantStore()
                        .put(client, made.userId(), made.projectId(), List.of(BuiltInGroups.ADMINISTRATOR), List.of()))
                .compose(done -> run(
                        client,
                        INSERT_ACCESS_KEY,
                        Tuple.of(made.accessKey(), made.userId(), Buffer.buffer(made.wrappedSecret()))))
                .compose(done ->
                        client.preparedQuery(INSERT_KEY).executeBatch(keys).mapEmpty());
    }

    Future<Map<String, byte[]>> listKeys(SqlClient client) {
        return client.query(LIST_KEYS).execute().map(rows -> {
            Map<String, byte[]> keys = new TreeMap<>();
            rows.forEach(row ->
                    keys.put(row.getString("name"), row.getBuffer("wrapped").getBytes()));
            return keys;
        });
    }

    Future<Optional<AccessKey>> findAccessKey(SqlClient client, String accessKey) {
        return client.preparedQuery(FIND_ACCESS_KEY)
                .execute(Tuple.of(accessKey))
                .map(rows -> list(
                                rows,
                                row -> new AccessKey(
                                        row.getString("user_id"),
                                        row.getBuffer("wrapped_secret").getBytes()))
                        .stream()
                        .findFirst());
    }

    /** By id or by name; absent domain fields match every domain. */
    Future<Optional<User>> findUser(
            SqlClient client,
            Optional<String> id,
            Optional<String> name,
            Optional<String> domainName,
            Optional<String> domainId) {
        return client.preparedQuery(FIND_USER)
                .execute(Tuple.tuple()
                        .addString(id.orElse(null))
                        .addString(name.orElse(null))
                        .addString(domainName.orElse(null))
                        .addString(domainId.orElse(null)))
                .map(rows -> list(rows, IamStore::user).stream().findFirst());
    }

    private static Future<Void> run(SqlClient client, String sql, Tuple values) {
        return client.preparedQuery(sql).execute(values).mapEmpty();
    }

    private static <T> List<T> list(RowSet<Row> rows, Function<Row, T> read) {
        return StreamSupport.stream(rows.spliterator(), false).map(read).toList();
    }

    private static User user(Row row) {
        return new User(
                row.getString("id"),
                row.getString("name"),
                row.getString("password_hash"),
                row.getBoolean("disabled"),
                row.getLong("tokens_generation"),
                row.getString("domain_id"),
                row.getString("domain_name"));
    }
}
