package io.deskwave.control.iam;

import io.deskwave.control.http.ApiAnswer;
import io.deskwave.control.http.ApiCall;
import io.deskwave.control.http.Operations;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The caller's projects and account: what the vendor's clients ask for before anything else. */
final class IdentityRoutes {
    private static final int USUAL_PAGE = 5000;
    private static final List<String> FILTERS = List.of("name", "domain_id", "parent_id", "enabled", "is_domain");

    private final Grants grants;

    IdentityRoutes(Grants grants) {
        this.grants = grants;
    }

    void hang(Operations operations) {
        operations.on("ListProjects", call -> listProjects(call, "/v3/projects"));
        operations.on("ListAuthProjects", call -> listProjects(call, "/v3/auth/projects"));
        operations.on("ListAuthDomains", this::listDomains);
    }

    private Future<ApiAnswer> listProjects(ApiCall call, String path) {
        int page = call.queryNumber("page", 1);
        int perPage = call.queryNumber("per_page", USUAL_PAGE);
        return grants.of(call.caller().userId()).map(all -> {
            List<Grant> fitting = all.stream().filter(wanted(call)).toList();
            JsonArray projects = new JsonArray();
            fitting.stream().skip((page - 1L) * perPage).limit(perPage).forEach(grant -> projects.add(project(grant)));
            boolean more = (long) page * perPage < fitting.size();
            JsonObject links = links(path + query(call, Optional.empty()))
                    .put("next", more ? path + query(call, Optional.of(page + 1)) : null)
                    .put("previous", page > 1 ? path + query(call, Optional.of(page - 1)) : null);
            return ApiAnswer.ok(new JsonObject().put("links", links).put("projects", projects));
        });
    }

    private static Predicate<Grant> wanted(ApiCall call) {
        Optional<String> name = call.query("name");
        boolean possible = call.queryFlag("enabled").orElse(true)
                && !call.queryFlag("is_domain").orElse(false);
        return grant -> possible
                && name.map(grant.project().name()::equals).orElse(true)
                && Stream.of("domain_id", "parent_id")
                        .flatMap(filter -> call.query(filter).stream())
                        .allMatch(grant.domain().id()::equals);
    }

    private static String query(ApiCall call, Optional<Integer> otherPage) {
        String filters = Stream.concat(FILTERS.stream(), Stream.of("per_page"))
                .flatMap(name -> call.query(name).stream().map(value -> name + "=" + encode(value)))
                .collect(Collectors.joining("&"));
        String page = otherPage
                .map(String::valueOf)
                .or(() -> call.query("page"))
                .map(p -> "page=" + p)
                .orElse("");
        String whole = Stream.of(filters, page).filter(part -> !part.isEmpty()).collect(Collectors.joining("&"));
        return whole.isEmpty() ? "" : "?" + whole;
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private Future<ApiAnswer> listDomains(ApiCall call) {
        return grants.of(call.caller().userId()).map(all -> {
            JsonArray domains = new JsonArray();
            all.stream()
                    .map(Grant::domain)
                    .distinct()
                    .forEach(domain -> domains.add(named(domain)
                            .put("enabled", true)
                            .put("description", domain.description())
                            .put("links", selfLink("/v3/domains/" + domain.id()))));
            return ApiAnswer.ok(new JsonObject().put("domains", domains).put("links", links("/v3/auth/domains")));
        });
    }

    private static JsonObject project(Grant grant) {
        return named(grant.project())
                .put("domain_id", grant.domain().id())
                .put("parent_id", grant.domain().id())
                .put("enabled", true)
                .put("is_domain", false)
                .put("description", grant.project().description())
                .put("links", selfLink("/v3/projects/" + grant.projectId()));
    }

    private static JsonObject named(Grant.Place place) {
        return new JsonObject().put("id", place.id()).put("name", place.name());
    }

    private static JsonObject selfLink(String self) {
        return new JsonObject().put("self", self);
    }

    private static JsonObject links(String self) {
        return selfLink(self).putNull("next").putNull("previous");
    }
}
