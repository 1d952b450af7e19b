package org.lifeos.backup.api.problem;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.spi.Bean;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which methods each path of the resources knows. The framework looks into one resource alone: for
 * a path that several share it would say 404 instead of 405, and it never says {@code Allow}.
 */
@ApplicationScoped
public class KnownPaths {
    private static final Pattern PARAMETER = Pattern.compile("\\{[^}]+}");

    private final List<Operation> operations;

    KnownPaths(BeanManager beans) {
        operations =
                beans.getBeans(Object.class, Any.Literal.INSTANCE).stream()
                        .map(Bean::getBeanClass)
                        .filter(type -> type.isAnnotationPresent(Path.class))
                        .distinct()
                        .flatMap(KnownPaths::operations)
                        .toList();
    }

    private record Operation(Pattern path, String method) {}

    private static Stream<Operation> operations(Class<?> resource) {
        String base = resource.getAnnotation(Path.class).value();
        return Arrays.stream(resource.getMethods())
                .flatMap(method ->
                        Arrays.stream(method.getAnnotations())
                                .map(Annotation::annotationType)
                                .filter(type -> type.isAnnotationPresent(HttpMethod.class))
                                .map(type -> type.getAnnotation(HttpMethod.class).value())
                                .map(name -> new Operation(pattern(base, method), name)));
    }

    private static Pattern pattern(String base, Method method) {
        Path rest = method.getAnnotation(Path.class);
        String template = rest == null ? base : base + rest.value();
        return Pattern.compile(
                PARAMETER
                        .splitAsStream(template + "/")
                        .map(Pattern::quote)
                        .collect(Collectors.joining("[^/]+")));
    }

    /** The methods of a path as the header {@code Allow} lists them; none for an unknown path. */
    Set<String> methods(String path) {
        String whole = path.endsWith("/") ? path : path + "/";
        Set<String> methods =
                operations.stream()
                        .filter(operation -> operation.path().matcher(whole).matches())
                        .map(Operation::method)
                        .collect(Collectors.toCollection(TreeSet::new));
        if (methods.contains(HttpMethod.GET)) {
            methods.add(HttpMethod.HEAD);
        }
        if (!methods.isEmpty()) {
            methods.add(HttpMethod.OPTIONS);
        }
        return methods;
    }
}
