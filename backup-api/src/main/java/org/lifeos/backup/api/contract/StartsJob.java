package org.lifeos.backup.api.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.lifeos.backup.job.JobType;

/**
 * A method of a resource that answers as {@code JobDesk.start} does. The OpenAPI document then
 * tells the headers, the answers of waiting and not waiting, and how such a job can fail.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface StartsJob {
    /** The types that it may start. */
    JobType[] value();
}
