package io.deskwave.control.desktop;

import io.deskwave.control.desktop.DesktopCondition.Address;
import io.deskwave.control.desktop.DesktopCondition.Connected;
import io.deskwave.control.desktop.DesktopCondition.Given;
import io.deskwave.control.desktop.DesktopCondition.Hibernated;
import io.deskwave.control.desktop.DesktopCondition.Ids;
import io.deskwave.control.desktop.DesktopCondition.InPools;
import io.deskwave.control.desktop.DesktopCondition.InUse;
import io.deskwave.control.desktop.DesktopCondition.NameContains;
import io.deskwave.control.desktop.DesktopCondition.Named;
import io.deskwave.control.desktop.DesktopCondition.OfEnterpriseProject;
import io.deskwave.control.desktop.DesktopCondition.Pooled;
import io.deskwave.control.desktop.DesktopCondition.Tagged;
import io.deskwave.control.desktop.DesktopCondition.UserContains;
import io.deskwave.control.desktop.DesktopFilter.Order;
import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Uuids;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The filters of the vendor's list pages, read from a query. A filter on something that desktops do not have here (a site,
 * a charge mode) finds none; one that excludes such a thing excludes none.
 */
final class DesktopQuery {
    private static final int MAX_VALUES = 100;
    private static final List<String> NEVER_SET = List.of("charge_mode", "sids", "site_id", "inconsistent_type");
    /** What desktops may have been given when their places were made. */
    private static final List<String> GIVEN = List.of("subnet_id", "image_id", "availability_zone");

    private static final List<String> NEVER_TRUE = List.of("in_maintenance_mode", "is_share_desktop", "isolated");
    private static final String EVERY_ENTERPRISE_PROJECT = "all_granted_eps";

    private static final Set<Boolean> EITHER = Set.of(true, false);

    private final Function<String, List<String>> query;

    private DesktopQuery(Function<String, List<String>> query) {
        this.query = query;
    }

    /** @param query the values of a query parameter by its name; empty when it was not sent */
    static DesktopFilter of(Function<String, List<String>> query) {
        return new DesktopQuery(query).filter();
    }

    private DesktopFilter filter() {
        Set<Boolean> connected = connected();
        Set<Boolean> pooled = pooled();
        if (connected.isEmpty() || pooled.isEmpty() || asksForWhatIsNotHere()) {
            return DesktopFilter.NONE;
        }
        var conditions = new ArrayList<DesktopCondition>();
        ids(values("desktop_id")).map(Ids::new).ifPresent(conditions::add);
        ids(commaList("pool_id")).map(InPools::new).ifPresent(conditions::add);
        only(connected).map(Connected::new).ifPresent(conditions::add);
        only(pooled).map(Pooled::new).ifPresent(conditions::add);
        inUse().map(InUse::new).ifPresent(conditions::add);
        one("computer_name").map(List::of).map(NameContains::new).ifPresent(conditions::add);
        some(values("computer_names")).map(Named::new).ifPresent(conditions::add);
        some(users()).map(UserContains::new).ifPresent(conditions::add);
        one("desktop_ip").map(String::strip).map(Address::new).ifPresent(conditions::add);
        some(tags()).map(tags -> new Tagged(tags, true)).ifPresent(conditions::add);
        hibernated().map(Hibernated::new).ifPresent(conditions::add);
        one("user_attached")
                .map("true"::equalsIgnoreCase)
                .map(DesktopCondition.Attached::new)
                .ifPresent(conditions::add);
        GIVEN.forEach(name -> one(name).map(value -> new Given(name, value)).ifPresent(conditions::add));
        one("enterprise_project_id")
                .filter(id -> !id.equals(EVERY_ENTERPRISE_PROJECT))
                .map(OfEnterpriseProject::new)
                .ifPresent(conditions::add);
        return new DesktopFilter(conditions, order());
    }

    /** A key that is named with several values may have any of them. */
    private List<TagMatch> tags() {
        List<String> texts = commaList("tag");
        if (texts.size() > Tag.MOST) {
            throw new ApiException.BadRequest("tag takes at most " + Tag.MOST + " tags, not " + texts.size());
        }
        var matches = new LinkedHashMap<String, TagMatch>();
        texts.stream()
                .map(text -> TagMatch.of("tag", text))
                .forEach(tag -> matches.merge(tag.key(), tag, TagMatch::or));
        return List.copyOf(matches.values());
    }

    /** Whether they may be connected, as {@code status} and {@code login_status} both allow. */
    private Set<Boolean> connected() {
        Set<Boolean> allowed = new HashSet<>(EITHER);
        one("status").ifPresent(status -> allowed.retainAll(connectedWhenStatus(status)));
        one("login_status").ifPresent(status -> allowed.retainAll(connectedWhenLoginStatus(status)));
        return allowed;
    }

    private static Set<Boolean> connectedWhenStatus(String status) {
        return switch (status.toUpperCase(Locale.ROOT)) {
            case "ACTIVE" -> Set.of(true);
            case "SHUTOFF", "HIBERNATED" -> Set.of(false);
            default -> Set.of();
        };
    }

    private static Set<Boolean> connectedWhenLoginStatus(String status) {
        return switch (status.toUpperCase(Locale.ROOT)) {
            case "REGISTERED", "CONNECTED" -> Set.of(true);
            case "UNREGISTER" -> Set.of(false);
            default -> Set.of();
        };
    }

    /** Whether somebody may be logged on: of what is not connected nobody asks. */
    private Optional<Boolean> inUse() {
        return switch (one("login_status").orElse("").toUpperCase(Locale.ROOT)) {
            case "CONNECTED" -> Optional.of(true);
            case "REGISTERED" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    private Optional<Boolean> hibernated() {
        return switch (one("status").orElse("").toUpperCase(Locale.ROOT)) {
            case "SHUTOFF" -> Optional.of(false);
            case "HIBERNATED" -> Optional.of(true);
            default -> Optional.empty();
        };
    }

    private Set<Boolean> pooled() {
        List<String> types = commaList("desktop_type");
        if (types.isEmpty()) {
            return EITHER;
        }
        return types.stream()
                .flatMap(type -> switch (type.toUpperCase(Locale.ROOT)) {
                    case "POOLED" -> Stream.of(true);
                    case "DEDICATED" -> Stream.of(false);
                    default -> Stream.<Boolean>empty();
                })
                .collect(Collectors.toSet());
    }

    private boolean asksForWhatIsNotHere() {
        return NEVER_SET.stream().anyMatch(name -> one(name).isPresent())
                || NEVER_TRUE.stream()
                        .anyMatch(name ->
                                one(name).filter("true"::equalsIgnoreCase).isPresent());
    }

    /** {@code user_name} is one name on one page and several on another; {@code user_names} takes its place. */
    private List<String> users() {
        List<String> names = values("user_names");
        return names.isEmpty() ? values("user_name") : names;
    }

    private Optional<String> one(String name) {
        return values(name).stream().findFirst();
    }

    private List<String> values(String name) {
        List<String> values = query.apply(name);
        if (values.size() > MAX_VALUES) {
            throw new ApiException.BadRequest(
                    name + " takes at most " + MAX_VALUES + " values, not " + values.size() + ": ask in parts");
        }
        return values;
    }

    private List<String> commaList(String name) {
        return one(name).stream()
                .flatMap(text -> Arrays.stream(text.split(",", -1)))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    /** What is no UUID is no id of ours: it finds nothing. */
    private static Optional<List<UUID>> ids(List<String> texts) {
        return some(texts).map(sent -> sent.stream()
                .flatMap(text -> Uuids.parse(text).stream())
                .toList());
    }

    private static <T> Optional<List<T>> some(List<T> values) {
        return values.isEmpty() ? Optional.empty() : Optional.of(values);
    }

    private static Optional<Boolean> only(Set<Boolean> allowed) {
        return allowed.equals(EITHER) ? Optional.empty() : Optional.of(allowed.contains(true));
    }

    private Order order() {
        boolean byName = one("sort_field").filter("computer_name"::equals).isPresent();
        boolean descending = one("sort_type").filter("DESC"::equals).isPresent();
        if (byName) {
            return descending ? Order.NAME_DESC : Order.NAME;
        }
        return descending ? Order.CREATED_DESC : Order.CREATED;
    }
}
