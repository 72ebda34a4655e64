package io.deskwave.control.desktop;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Which desktops of a project, in which order: those that meet every condition. */
public record DesktopFilter(List<DesktopCondition> conditions, Order order) {
    public static final DesktopFilter ALL = new DesktopFilter(List.of(), Order.CREATED);

    /** No desktop at all: what a filter on something that does not exist here finds. */
    public static final DesktopFilter NONE = ALL.and(new DesktopCondition.Ids(List.of()));

    public enum Order {
        CREATED,
        CREATED_DESC,
        NAME,
        NAME_DESC
    }

    public DesktopFilter {
        conditions = List.copyOf(conditions);
    }

    /** Those of them that meet one more condition. */
    public DesktopFilter and(DesktopCondition condition) {
        var more = new ArrayList<>(conditions);
        more.add(condition);
        return new DesktopFilter(more, order);
    }

    /** The same within one pool. */
    DesktopFilter inPool(UUID poolId) {
        return and(new DesktopCondition.InPools(List.of(poolId)));
    }
}
