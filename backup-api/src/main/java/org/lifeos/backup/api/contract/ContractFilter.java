package org.lifeos.backup.api.contract;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.media.MediaType;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.eclipse.microprofile.openapi.models.parameters.RequestBody;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.jboss.jandex.AnnotationTarget;
import org.jboss.jandex.IndexView;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.api.problem.ProblemBody;
import org.lifeos.backup.job.JobResult;
import org.lifeos.backup.problem.ProblemCode;

/**
 * Completes the OpenAPI document with what holds for every operation, read from the methods
 * themselves: the role ({@code x-role}), the problems ({@code x-problem-codes}, and an answer for
 * each of their statuses), what {@link StartsJob} means, and whether the body may be left away.
 */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public class ContractFilter implements OASFilter {
    private static final String SCHEMAS = "#/components/schemas/";
    private static final String TEXT = "text/plain";

    private final Map<String, Method> methods;

    /** Finds the methods by their operation ids. */
    public ContractFilter(IndexView index) {
        methods =
                index
                        .getAnnotations(
                                org.eclipse.microprofile.openapi.annotations.Operation.class)
                        .stream()
                        .filter(found -> found.target().kind() == AnnotationTarget.Kind.METHOD)
                        .map(found -> found.target().asMethod().declaringClass().name().toString())
                        .distinct()
                        .flatMap(ContractFilter::operations)
                        .collect(Collectors.toMap(ContractFilter::id, Function.identity()));
    }

    private static Stream<Method> operations(String className) {
        try {
            Class<?> resource =
                    Class.forName(className, false, ContractFilter.class.getClassLoader());
            return Arrays.stream(resource.getMethods()).filter(method -> id(method) != null);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("the index knows a class that is not there", e);
        }
    }

    private static String id(Method method) {
        var operation =
                method.getAnnotation(org.eclipse.microprofile.openapi.annotations.Operation.class);
        return operation == null ? null : operation.operationId();
    }

    @Override
    public void filterOpenAPI(OpenAPI document) {
        uniteResults(document);
        Map<String, Schema> schemas = document.getComponents().getSchemas();
        for (PathItem path : document.getPaths().getPathItems().values()) {
            path.getOperations()
                    .forEach((verb, operation) -> {
                        Method method = methods.get(operation.getOperationId());
                        if (method == null) {
                            throw new IllegalStateException(
                                    "an operation without a method: " + operation.getOperationId());
                        }
                        complete(operation, verb, method, schemas);
                    });
        }
    }

    private static void complete(
            Operation operation,
            PathItem.HttpMethod verb,
            Method method,
            Map<String, Schema> schemas) {
        if (method.isAnnotationPresent(StartsJob.class)) {
            answerJob(operation, verb);
        }
        if (operation.getParameters() != null) {
            operation.getParameters().forEach(Headers::described);
            operation.getParameters().forEach(Parameters::describe);
        }
        if (operation.getRequestBody() != null) {
            operation.getRequestBody().required(needsField(operation.getRequestBody(), schemas));
        }
        sayTextIsText(operation);
        tellRole(operation, method);
        tellProblems(operation, OperationProblems.of(operation, method));
    }

    private static void tellRole(Operation operation, Method method) {
        String role = method.getAnnotation(RequiresRole.class).value().code();
        String before =
                operation.getDescription() == null ? "" : operation.getDescription() + "\n\n";
        operation.description(before + "Role: " + role + ".");
        operation.addExtension("x-role", role);
    }

    /** One answer for each status, which lists the codes that it can mean. */
    private static void tellProblems(Operation operation, Set<ProblemCode> codes) {
        operation.addExtension(
                "x-problem-codes",
                new ArrayList<Object>(codes.stream().map(ProblemCode::code).toList()));
        operation.getResponses().removeAPIResponse("400");
        codes.stream()
                .collect(
                        Collectors.groupingBy(
                                code -> Integer.toString(code.status()),
                                TreeMap::new,
                                Collectors.toList()))
                .forEach((status, ofStatus) ->
                        operation
                                .getResponses()
                                .addAPIResponse(
                                        status,
                                        beside(
                                                operation.getResponses().getAPIResponse(status),
                                                problem(status, ofStatus))));
    }

    /** A status that also has a meaning of its own, as that of health, keeps it. */
    private static APIResponse beside(APIResponse own, APIResponse problem) {
        if (own == null) {
            return problem;
        }
        own.getContent().getMediaTypes().forEach(problem.getContent()::addMediaType);
        return problem.description(own.getDescription() + "\n\n" + problem.getDescription());
    }

    private static APIResponse problem(String status, List<ProblemCode> codes) {
        APIResponse answer =
                OASFactory.createAPIResponse()
                        .description(
                                codes.stream()
                                        .map(code ->
                                                "`%s`: %s.".formatted(code.code(), code.title()))
                                        .collect(Collectors.joining("\n\n")))
                        .content(
                                content(
                                        ProblemBody.MEDIA_TYPE,
                                        OASFactory.createSchema().ref(SCHEMAS + "Problem")));
        return switch (status) {
            case "401" -> answer.addHeader("WWW-Authenticate", Headers.header("WWW-Authenticate"));
            case "429" -> answer.addHeader("Retry-After", Headers.header("Retry-After"));
            case "504" -> answer.addHeader("Location", Headers.header("Location"));
            default -> answer;
        };
    }

    private static void answerJob(Operation operation, PathItem.HttpMethod verb) {
        require(operation, Headers.PREFER);
        if (verb == PathItem.HttpMethod.POST) {
            require(operation, Headers.IDEMPOTENCY_KEY);
        }
        operation
                .getResponses()
                .addAPIResponse("200", job("The job has SUCCEEDED; only with 'Prefer: wait'."))
                .addAPIResponse(
                        "202",
                        job(
                                "The job is recorded; after a wait that was too short only with 'respond-async'."));
    }

    private static void require(Operation operation, String header) {
        List<Parameter> parameters = operation.getParameters();
        if (parameters == null
                || parameters.stream().noneMatch(parameter -> parameter.getName().equals(header))) {
            operation.addParameter(Headers.parameter(header));
        }
    }

    private static APIResponse job(String description) {
        return OASFactory.createAPIResponse()
                .description(description)
                .addHeader("Location", Headers.header("Location"))
                .addHeader("Preference-Applied", Headers.header("Preference-Applied"))
                .content(
                        content("application/json", OASFactory.createSchema().ref(SCHEMAS + "Job"))
                                .addMediaType(TEXT, OASFactory.createMediaType().schema(text())));
    }

    private static Content content(String type, Schema schema) {
        return OASFactory.createContent()
                .addMediaType(type, OASFactory.createMediaType().schema(schema));
    }

    private static Schema text() {
        return OASFactory.createSchema().addType(Schema.SchemaType.STRING);
    }

    private static void sayTextIsText(Operation operation) {
        operation.getResponses().getAPIResponses().values().stream()
                .filter(answer -> answer.getContent() != null)
                .map(answer -> answer.getContent().getMediaType(TEXT))
                .filter(MediaType.class::isInstance)
                .forEach(rendering -> rendering.schema(text()));
    }

    /** A body is required where one of its fields is. */
    private static boolean needsField(RequestBody body, Map<String, Schema> schemas) {
        return body.getContent().getMediaTypes().values().stream()
                .map(type -> type.getSchema().getRef())
                .filter(reference -> reference != null)
                .map(reference -> schemas.get(reference.substring(SCHEMAS.length())))
                .anyMatch(schema -> schema.getRequired() != null);
    }

    /** What a job's result is depends on its type: it is one of the known kinds. */
    private static void uniteResults(OpenAPI document) {
        Schema union =
                OASFactory.createSchema()
                        .description(
                                "What the job found or made; its shape follows from its type.");
        for (Class<?> kind : JobResult.class.getPermittedSubclasses()) {
            String name = kind.getSimpleName();
            if (!document.getComponents().getSchemas().containsKey(name)) {
                throw new IllegalStateException("Contract must name the schema of " + name);
            }
            union.addAnyOf(OASFactory.createSchema().ref(SCHEMAS + name));
        }
        document.getComponents().addSchema("JobResult", union);
    }
}
