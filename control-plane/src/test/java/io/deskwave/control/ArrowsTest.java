package io.deskwave.control;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The arrows between the rooms, as the design draws them. An arrow that is not here is not allowed. */
@AnalyzeClasses(packages = "io.deskwave", importOptions = ImportOption.DoNotIncludeTests.class)
class ArrowsTest {
    private static final String OURS = "io.deskwave.control.";
    private static final Set<String> BASE = Set.of("http", "db");

    /** Besides {@code http}, {@code db} and the shared protocol. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("http", Set.of()),
            Map.entry("db", Set.of()),
            Map.entry("iam", Set.of()),
            Map.entry("audit", Set.of("iam")),
            Map.entry("backup", Set.of("iam")),
            Map.entry("script", Set.of()),
            Map.entry("desktop", Set.of()),
            Map.entry("execution", Set.of("script", "desktop")),
            Map.entry("dispatch", Set.of("execution", "script", "desktop")),
            Map.entry("agent", Set.of("execution", "script", "desktop", "iam")),
            Map.entry("provider", Set.of("desktop")),
            Map.entry("live", Set.of("execution", "script", "desktop")),
            Map.entry("schedule", Set.of("execution", "script", "desktop")),
            Map.entry("console", Set.of("execution", "script", "desktop")));

    @ArchTest
    static void eachRoomUsesOnlyTheRoomsItsArrowsPointTo(JavaClasses imported) {
        MAY_USE.forEach((room, others) -> {
            ArchRule rule = noClasses()
                    .that()
                    .resideInAPackage(OURS + room + "..")
                    .should()
                    .dependOnClassesThat(resideInAPackage(OURS.substring(0, OURS.length() - 1) + "..")
                            .and(not(resideInAnyPackage(allowed(room, others)))))
                    .allowEmptyShould(true);
            rule.check(imported);
        });
    }

    private static String[] allowed(String room, Set<String> others) {
        Set<String> base = BASE.contains(room) ? Set.of() : BASE;
        return Stream.of(Set.of(room), others, base)
                .flatMap(Set::stream)
                .map(name -> OURS + name + "..")
                .toArray(String[]::new);
    }

    @ArchTest
    static void everyRoomHasItsArrows(JavaClasses imported) {
        assertThat(imported.stream()
                        .map(JavaClass::getPackageName)
                        .filter(name -> name.startsWith(OURS))
                        .map(name -> name.substring(OURS.length()).replaceAll("\\..*", "")))
                .as("a new room is drawn in MAY_USE and in the design")
                .isSubsetOf(MAY_USE.keySet());
    }

    @ArchTest
    static final ArchRule noRoomsGoInCircles =
            slices().matching("io.deskwave.control.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theAgentDoesNotKnowTheControlPlane = noClasses()
            .that()
            .resideInAnyPackage("io.deskwave.agent..", "io.deskwave.protocol..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.deskwave.control..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule theProtocolKnowsNeitherVertxNorSql = noClasses()
            .that()
            .resideInAPackage("io.deskwave.protocol..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "java.sql..", "io.deskwave.agent..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule requestsAreSeenInRoutesAndHttpOnly = noClasses()
            .that()
            .resideInAPackage("io.deskwave.control..")
            .and()
            .resideOutsideOfPackage("io.deskwave.control.http..")
            .and()
            .haveNameNotMatching(".*(Routes|AgentEndpoint|EnrollmentEndpoint)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("io.vertx.ext.web.RoutingContext")
            .allowEmptyShould(true);

    /** {@code Rows} are the column readers that the stores of a room share. */
    @ArchTest
    static final ArchRule rowsAreSeenInStoresAndDbOnly = noClasses()
            .that()
            .resideInAPackage("io.deskwave.control..")
            .and()
            .resideOutsideOfPackage("io.deskwave.control.db..")
            .and()
            .haveNameNotMatching(".*(Store|\\.Rows)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .haveNameMatching("io\\.vertx\\.sqlclient\\.(Row|RowSet|Tuple|PreparedQuery|Query)|java\\.sql\\..*")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule whatDecidesKnowsNeitherVertxNorSqlNorClocks = classes()
            .that()
            .haveNameMatching("io\\.deskwave\\.control\\..*\\.(BatchPlan|GrayGate|Recurrence)(\\$.*)?")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", "io.deskwave..", "org.jspecify..", "com.google.errorprone.annotations..")
            .allowEmptyShould(true);

    /** The rules above would hold for an empty import too. */
    @ArchTest
    static void theImportIsNotEmpty(JavaClasses imported) {
        assertThat(imported.contain(Main.class)).isTrue();
    }
}
