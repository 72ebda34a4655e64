package io.deskwave.control.desktop;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which desktops of a project, in which order. Null means any; an empty list means none.
 *
 * @param nameParts the computer name contains one of these, in any case
 * @param names the computer name is one of these, in any case
 * @param userParts the name of a user who was logged on when the desktop was last heard of contains one of these
 * @param attributes what the desktop's attributes hold
 * @param inUse whether somebody was logged on when the desktop was last heard of
 */
public record DesktopFilter(
        @Nullable List<UUID> ids,
        @Nullable List<UUID> poolIds,
        @Nullable Boolean connected,
        @Nullable Boolean pooled,
        @Nullable Boolean inUse,
        @Nullable List<String> nameParts,
        @Nullable List<String> names,
        @Nullable List<String> userParts,
        @Nullable String ip,
        @Nullable Boolean hibernated,
        @Nullable JsonObject attributes,
        @Nullable String enterpriseProjectId,
        Order order) {
    public static final DesktopFilter ALL =
            new DesktopFilter(null, null, null, null, null, null, null, null, null, null, null, null, Order.CREATED);

    /** No desktop at all: what a filter on something that does not exist here finds. */
    public static final DesktopFilter NONE = new DesktopFilter(
            List.of(), null, null, null, null, null, null, null, null, null, null, null, Order.CREATED);

    public enum Order {
        CREATED,
        CREATED_DESC,
        NAME,
        NAME_DESC
    }

    /** The same within one pool. */
    DesktopFilter inPool(UUID poolId) {
        return new DesktopFilter(
                ids,
                List.of(poolId),
                connected,
                pooled,
                inUse,
                nameParts,
                names,
                userParts,
                ip,
                hibernated,
                attributes,
                enterpriseProjectId,
                order);
    }
}
