package io.deskwave.control.desktop;

import io.deskwave.control.db.Database;
import io.deskwave.control.desktop.TagStore.ProjectTag;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What people do with the tags of desktops. A desktop never has more than {@link Tag#MOST} once it is committed. */
public final class Tags {
    private final Database database;
    private final TagStore store;

    public Tags(Database database, TagStore store) {
        this.database = database;
        this.store = store;
    }

    /** A tag of a key that the desktop has takes the place of the former. */
    public Future<Void> put(String projectId, UUID desktopId, List<Tag> tags) {
        Map<UUID, List<Tag>> wanted = Map.of(desktopId, tags);
        return database.inTransaction(tx -> store.lock(tx, projectId, wanted.keySet())
                .map(found -> required(found, desktopId))
                .compose(found -> put(tx, projectId, wanted)));
    }

    /** The same for many desktops: all or none of those that there are. */
    public Future<Void> putAll(String projectId, Map<UUID, List<Tag>> tags) {
        return database.inTransaction(
                tx -> store.lock(tx, projectId, tags.keySet()).compose(found -> put(tx, projectId, only(tags, found))));
    }

    private Future<Void> put(SqlConnection tx, String projectId, Map<UUID, List<Tag>> tags) {
        return store.put(tx, projectId, tags)
                .compose(put -> store.findOverfull(tx, tags.keySet()))
                .map(Tags::noneOverfull);
    }

    private static @Nullable Void noneOverfull(Optional<UUID> overfull) {
        overfull.ifPresent(id -> {
            throw new ApiException.BadRequest("tags: desktop " + id + " would have more than the " + Tag.MOST
                    + " tags that a desktop may have: delete some of it first, or send fewer; nothing was changed");
        });
        return null;
    }

    /** What the desktop does not have is gone already. A tag without a value goes whatever its value is. */
    public Future<Void> remove(String projectId, UUID desktopId, List<Tag> tags) {
        return database.inTransaction(tx -> store.lock(tx, projectId, Set.of(desktopId))
                .map(found -> required(found, desktopId))
                .compose(found -> store.remove(tx, projectId, Map.of(desktopId, tags))));
    }

    /** The same for many desktops. */
    public Future<Void> removeAll(String projectId, Map<UUID, List<Tag>> tags) {
        return database.inTransaction(tx -> store.lock(tx, projectId, tags.keySet())
                .compose(found -> store.remove(tx, projectId, only(tags, found))));
    }

    Future<Page<ProjectTag>> listOfProject(
            String projectId, @Nullable String key, @Nullable String value, int limit, int offset) {
        return store.listOfProject(database.client(), projectId, key, value, limit, offset);
    }

    private static boolean required(Set<UUID> found, UUID desktopId) {
        if (!found.contains(desktopId)) {
            throw Desktops.notFound(desktopId);
        }
        return true;
    }

    private static Map<UUID, List<Tag>> only(Map<UUID, List<Tag>> tags, Set<UUID> desktops) {
        var some = new HashMap<>(tags);
        some.keySet().retainAll(desktops);
        return some;
    }
}
