package io.deskwave.control.iam;

import io.deskwave.control.db.Conditions;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Users in PostgreSQL, those of one account each time. */
final class UserStore {
    private static final String COLUMNS = "id, name, description, disabled, password_hash, created_at";
    private static final String LOCK_ACCOUNT = "SELECT FROM domains WHERE id = $1 FOR NO KEY UPDATE";
    private static final String INSERT = "INSERT INTO users (id, domain_id, name, password_hash, description, disabled)"
            + " VALUES ($1, $2, $3, $4, $5, $6) RETURNING " + COLUMNS;
    private static final String FIND = "SELECT " + COLUMNS + " FROM users WHERE domain_id = $1 AND id = $2";
    private static final String LIST = "SELECT " + COLUMNS + " FROM users";
    private static final String COUNT = "SELECT count(*) FROM users";
    private static final String UPDATE =
            """
            UPDATE users SET description = coalesce($3, description), disabled = coalesce($4, disabled),
                password_hash = coalesce($5, password_hash), tokens_generation = tokens_generation + CASE WHEN $6 THEN 1 ELSE 0 END
            WHERE domain_id = $1 AND id = $2""";
    /** Also another number than after an earlier restore. */
    private static final String END_TOKENS = "UPDATE users SET tokens_generation = greatest(tokens_generation + 1, $1)";

    private static final String DELETE = "DELETE FROM users WHERE domain_id = $1 AND id = $2";

    record Person(
            String id, String name, String description, boolean disabled, String passwordHash, Instant createdAt) {
        @Override
        public String toString() {
            return "Person[" + id + "]";
        }
    }

    /**
     * Null means unchanged.
     *
     * @param tokensEnd whether the tokens from before end
     */
    record Change(
            @Nullable String description,
            @Nullable Boolean disabled,
            @Nullable String passwordHash,
            boolean tokensEnd) {
        @Override
        public String toString() {
            return "Change[hidden]";
        }
    }

    /** Until the transaction ends nobody else changes anything about the people of this account. */
    Future<Void> lockAccount(SqlClient client, String domainId) {
        return client.preparedQuery(LOCK_ACCOUNT).execute(Tuple.of(domainId)).mapEmpty();
    }

    Future<Person> insert(SqlClient client, String domainId, Person made) {
        return client.preparedQuery(INSERT)
                .execute(Tuple.of(
                        made.id(), domainId, made.name(), made.passwordHash(), made.description(), made.disabled()))
                .map(rows -> person(rows.iterator().next()));
    }

    Future<Optional<Person>> find(SqlClient client, String domainId, String id) {
        return client.preparedQuery(FIND).execute(Tuple.of(domainId, id)).map(rows -> StreamSupport.stream(
                        rows.spliterator(), false)
                .map(UserStore::person)
                .findFirst());
    }

    Future<List<Person>> list(SqlClient client, String domainId, Optional<String> namePart, int limit, int offset) {
        Conditions wanted = wanted(domainId, namePart);
        return client.preparedQuery(LIST + wanted.where() + " ORDER BY name" + wanted.page())
                .execute(wanted.pageValues(limit, offset))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(UserStore::person)
                        .toList());
    }

    Future<Long> count(SqlClient client, String domainId, Optional<String> namePart) {
        Conditions wanted = wanted(domainId, namePart);
        return client.preparedQuery(COUNT + wanted.where())
                .execute(wanted.values())
                .map(rows -> rows.iterator().next().getLong(0));
    }

    private static Conditions wanted(String domainId, Optional<String> namePart) {
        return new Conditions()
                .with("domain_id = ?", domainId)
                .withPresent(
                        "name ILIKE ?", namePart.map(Conditions::containing).orElse(null));
    }

    Future<Void> update(SqlClient client, String domainId, String id, Change change) {
        return client.preparedQuery(UPDATE)
                .execute(Tuple.tuple()
                        .addString(domainId)
                        .addString(id)
                        .addString(change.description())
                        .addBoolean(change.disabled())
                        .addString(change.passwordHash())
                        .addBoolean(change.tokensEnd()))
                .mapEmpty();
    }

    Future<Void> delete(SqlClient client, String domainId, String id) {
        return client.preparedQuery(DELETE).execute(Tuple.of(domainId, id)).mapEmpty();
    }

    /** Those of everybody. */
    Future<Void> endTokens(SqlClient client, Instant now) {
        return client.preparedQuery(END_TOKENS)
                .execute(Tuple.of(now.getEpochSecond()))
                .mapEmpty();
    }

    private static Person person(Row row) {
        return new Person(
                row.getString("id"),
                row.getString("name"),
                row.getString("description"),
                row.getBoolean("disabled"),
                row.getString("password_hash"),
                row.getOffsetDateTime("created_at").toInstant());
    }
}
