package org.lifeos.backup.api.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.lifeos.backup.problem.ProblemCode;

/**
 * The problems of a resource's method that its parameters, its body and its job do not tell: the
 * OpenAPI document lists them beside those.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface RefusesWith {
    ProblemCode[] value();
}
