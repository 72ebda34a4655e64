package io.deskwave.control.desktop;

import io.deskwave.control.desktop.DesktopFilter.Order;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.ApiException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The filters of the vendor's list pages, read from a query. A filter on something that desktops do not have here (a tag,
 * a subnet, an image) finds none; one that excludes such a thing excludes none.
 */
final class DesktopQuery {
    private static final int MAX_VALUES = 100;
    private static final List<String> NEVER_SET =
            List.of("tag", "subnet_id", "image_id", "charge_mode", "availability_zone", "sids", "site_id");
    private static final List<String> NEVER_TRUE =
            List.of("in_maintenance_mode", "is_share_desktop", "user_attached", "isolated");
    private static final Set<String> EVERY_ENTERPRISE_PROJECT =
            Set.of(DesktopView.ENTERPRISE_PROJECT, "all_granted_eps");

    private DesktopQuery() {}

    static DesktopFilter of(ApiCall call) {
        Optional<Boolean> connected = connected(call);
        Optional<Boolean> pooled = pooled(call);
        if (connected.isEmpty() && restricts(call, "status", "login_status")
                || pooled.isEmpty() && !types(call).isEmpty() && !types(call).containsAll(Set.of("DEDICATED", "POOLED"))
                || asksForWhatIsNotHere(call)) {
            return DesktopFilter.NONE;
        }
        return new DesktopFilter(
                ids(values(call, "desktop_id")),
                ids(call.query("pool_id").map(DesktopQuery::commaList).orElse(List.of())),
                connected.orElse(null),
                pooled.orElse(null),
                call.query("login_status")
                        .filter(status -> !status.equals("UNREGISTER"))
                        .map(status -> status.equals("CONNECTED"))
                        .orElse(null),
                orNull(call.query("computer_name")
                        .map(name -> List.of(text("computer_name", name)))
                        .orElse(List.of())),
                orNull(values(call, "computer_names")),
                orNull(users(call)),
                call.query("desktop_ip")
                        .map(ip -> text("desktop_ip", ip.strip()))
                        .orElse(null),
                order(call));
    }

    private static boolean restricts(ApiCall call, String... names) {
        return Arrays.stream(names).anyMatch(name -> call.query(name).isPresent());
    }

    /** Empty when it is not asked, and when what is asked cannot be. */
    private static Optional<Boolean> connected(ApiCall call) {
        Set<Optional<Boolean>> asked = Stream.concat(
                        call.query("status").map(DesktopQuery::connectedWhenStatus).stream(),
                        call.query("login_status").map(DesktopQuery::connectedWhenLoginStatus).stream())
                .collect(java.util.stream.Collectors.toSet());
        return asked.size() == 1 ? asked.iterator().next() : Optional.empty();
    }

    private static Optional<Boolean> connectedWhenStatus(String status) {
        return switch (status.toUpperCase(Locale.ROOT)) {
            case "ACTIVE" -> Optional.of(true);
            case "SHUTOFF" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    private static Optional<Boolean> connectedWhenLoginStatus(String status) {
        return switch (status) {
            case "REGISTERED", "CONNECTED" -> Optional.of(true);
            case "UNREGISTER" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    private static Set<String> types(ApiCall call) {
        return call.query("desktop_type")
                .map(DesktopQuery::commaList)
                .map(Set::copyOf)
                .orElse(Set.of());
    }

    private static Optional<Boolean> pooled(ApiCall call) {
        boolean dedicated = types(call).contains("DEDICATED");
        boolean pooled = types(call).contains("POOLED");
        return dedicated == pooled ? Optional.empty() : Optional.of(pooled);
    }

    private static boolean asksForWhatIsNotHere(ApiCall call) {
        return NEVER_SET.stream().anyMatch(name -> call.query(name).isPresent())
                || NEVER_TRUE.stream().anyMatch(name -> call.queryFlag(name).orElse(false))
                || call.query("inconsistent_type").isPresent()
                || call.query("enterprise_project_id")
                        .filter(id -> !EVERY_ENTERPRISE_PROJECT.contains(id))
                        .isPresent();
    }

    /** {@code user_name} is one name on one page and several on another; {@code user_names} takes its place. */
    private static List<String> users(ApiCall call) {
        List<String> names = values(call, "user_names");
        return names.isEmpty() ? values(call, "user_name") : names;
    }

    private static List<String> values(ApiCall call, String name) {
        List<String> values = call.queryAll(name);
        if (values.size() > MAX_VALUES) {
            throw new ApiException.BadRequest(
                    name + " takes at most " + MAX_VALUES + " values, not " + values.size() + ": ask in parts");
        }
        values.forEach(value -> text(name, value));
        return values;
    }

    private static String text(String name, String value) {
        return Texts.plain(name, value);
    }

    private static List<String> commaList(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    /** What is no UUID is no id of ours: it finds nothing. */
    private static @Nullable List<UUID> ids(List<String> texts) {
        return texts.isEmpty()
                ? null
                : texts.stream().flatMap(text -> id(text).stream()).toList();
    }

    static Optional<UUID> id(String text) {
        try {
            return Optional.of(UUID.fromString(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static @Nullable List<String> orNull(List<String> values) {
        return values.isEmpty() ? null : values;
    }

    private static Order order(ApiCall call) {
        boolean byName =
                call.query("sort_field").filter("computer_name"::equals).isPresent();
        boolean descending = call.query("sort_type").filter("DESC"::equals).isPresent();
        if (byName) {
            return descending ? Order.NAME_DESC : Order.NAME;
        }
        return descending ? Order.CREATED_DESC : Order.CREATED;
    }
}
