package org.lifeos.backup.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.arc.Unremovable;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import javax.sql.DataSource;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.config.ConfigurationException;
import org.lifeos.backup.config.Environment;
import org.lifeos.backup.job.JobLog;
import org.lifeos.backup.job.Jobs;
import org.lifeos.backup.job.WorkerRegister;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.target.TargetNames;
import org.lifeos.backup.target.TargetRegister;

/** The parts of the API that know nothing of it, each made once. */
@ApplicationScoped
public class ApiParts {

    @Produces
    @Singleton
    ApiSettings settings() throws ConfigurationException {
        return ApiSettings.of(new Environment(System.getenv()));
    }

    @Produces
    @Singleton
    TargetNames targets(ApiSettings settings) {
        return settings.targets();
    }

    @Produces
    @Singleton
    Database database(DataSource source) {
        return new Database(source);
    }

    @Produces
    @Singleton
    Jobs jobs(Database database) {
        return new Jobs(database);
    }

    @Produces
    @Singleton
    Catalogue catalogue(Database database) {
        return new Catalogue(database);
    }

    @Produces
    @Singleton
    JobLog jobLog(Database database) {
        return new JobLog(database);
    }

    @Produces
    @Singleton
    WorkerRegister workers(Database database) {
        return new WorkerRegister(database);
    }

    @Produces
    @Singleton
    TargetRegister targetRegister(Database database) {
        return new TargetRegister(database);
    }

    /** Answers are written as job rows and manifests are. */
    @Produces
    @Singleton
    @Unremovable
    ObjectMapper mapper() {
        return Json.mapper();
    }
}
