package org.lifeos.backup.system;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HttpMethod;
import java.io.FileOutputStream;
import java.io.FileWriter;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.access.RequiresRole;

/** What may know what, and what the parts may be called. */
class ModuleRulesTest {
    private static final String ALL = "org.lifeos.backup..";
    private static final String API = "org.lifeos.backup.api..";
    private static final String WORKER = "org.lifeos.backup.worker..";

    private static final Pattern WRITES =
            Pattern.compile(
                    "(write|create|delete|move|copy|set|newOutput|newBufferedWriter|newByteChannel).*");

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ModuleRulesTest::isMainCode)
                    .importPackages("org.lifeos.backup");

    private static boolean isMainCode(Location location) {
        return !location.contains("/test-classes/") && !location.contains("-tests.jar");
    }

    @Test
    void apiAndWorkerDoNotKnowEachOther() {
        noClasses()
                .that()
                .resideInAPackage(API)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(WORKER)
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage(WORKER)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(API)
                .check(CLASSES);
    }

    @Test
    void sharedModelKnowsNeitherServiceNorFramework() {
        noClasses()
                .that()
                .resideOutsideOfPackages(API, WORKER)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        API,
                        WORKER,
                        "io.quarkus..",
                        "io.smallrye..",
                        "io.vertx..",
                        "jakarta..",
                        "org.eclipse.microprofile..")
                .check(CLASSES);
    }

    @Test
    void apiStartsNoProcessAndWritesNoFile() {
        noClasses()
                .that()
                .resideInAPackage(API)
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(
                        ProcessBuilder.class,
                        Process.class,
                        FileOutputStream.class,
                        FileWriter.class,
                        RandomAccessFile.class,
                        FileChannel.class)
                .orShould()
                .callMethodWhere(target(describe("Runtime.exec", isRuntimeExec())))
                .orShould()
                .callMethodWhere(target(describe("a write of Files", isFilesWrite())))
                .check(CLASSES);
    }

    private static Predicate<AccessTarget> isRuntimeExec() {
        return call ->
                call.getOwner().isEquivalentTo(Runtime.class) && call.getName().equals("exec");
    }

    private static Predicate<AccessTarget> isFilesWrite() {
        return call ->
                call.getOwner().isEquivalentTo(Files.class)
                        && WRITES.matcher(call.getName()).matches();
    }

    @Test
    void everyCallOfAResourceIsForARoleAndMutatingOnesAreNotForViewers() {
        methods()
                .that()
                .areMetaAnnotatedWith(HttpMethod.class)
                .should()
                .beAnnotatedWith(RequiresRole.class)
                .andShould()
                .bePublic()
                .check(CLASSES);
        DescribedPredicate<JavaMethod> forViewers =
                describe(
                        "are for viewers",
                        method ->
                                method.getAnnotationOfType(RequiresRole.class).value()
                                        == Role.VIEWER);
        methods()
                .that()
                .areMetaAnnotatedWith(HttpMethod.class)
                .and(forViewers)
                .should()
                .beAnnotatedWith(GET.class)
                .check(CLASSES);
    }

    @Test
    void classesAndPackagesAreNamedByTheirSubject() {
        noClasses()
                .should()
                .haveNameMatching(".*(Impl|Manager|Helper|Utils?|Dto|DTO)(\\$.*)?")
                .check(CLASSES);
        noClasses()
                .should()
                .resideInAnyPackage(
                        "..service..",
                        "..repository..",
                        "..dto..",
                        "..mapper..",
                        "..util..",
                        "..impl..")
                .check(CLASSES);
    }

    @Test
    void timeComesFromAClockThatWasGiven() {
        noClasses()
                .that()
                .resideInAPackage(ALL)
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(LocalDateTime.class, "now")
                .orShould()
                .callMethod(ZonedDateTime.class, "now")
                .check(CLASSES);
    }
}
