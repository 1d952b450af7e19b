package org.lifeos.backup.api.contract;

import jakarta.ws.rs.core.Application;
import org.eclipse.microprofile.openapi.annotations.Components;
import org.eclipse.microprofile.openapi.annotations.OpenAPIDefinition;
import org.eclipse.microprofile.openapi.annotations.enums.SecuritySchemeType;
import org.eclipse.microprofile.openapi.annotations.info.Info;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.annotations.security.SecurityScheme;
import org.lifeos.backup.api.problem.ProblemBody;
import org.lifeos.backup.job.BackupResult;
import org.lifeos.backup.job.CatalogScanResult;
import org.lifeos.backup.job.CodeCheckResult;
import org.lifeos.backup.job.FilesCheckResult;
import org.lifeos.backup.job.FilesRestoreResult;
import org.lifeos.backup.job.OllamaManifestResult;
import org.lifeos.backup.job.OllamaRestoreResult;
import org.lifeos.backup.job.RecoveryResult;
import org.lifeos.backup.job.RestoreResult;
import org.lifeos.backup.job.RetentionResult;
import org.lifeos.backup.job.RollbackResult;
import org.lifeos.backup.job.StoredBackupResult;
import org.lifeos.backup.job.VerificationResult;

/** What the OpenAPI document says of the whole; {@link ContractFilter} adds the rest. */
@OpenAPIDefinition(
        info =
                @Info(
                        title = "life-os backup",
                        version = "1",
                        description =
                                "Backups that are taken safely, proven and restored. Errors are RFC 9457 problems; every code"
                                        + " says in its hint what to do next. Roles are viewer, operator, admin: each may do"
                                        + " what those before it may."),
        security = @SecurityRequirement(name = "token"),
        components =
                @Components(
                        schemas = {
                            @Schema(name = "Problem", implementation = ProblemBody.class),
                            @Schema(name = "BackupResult", implementation = BackupResult.class),
                            @Schema(
                                    name = "StoredBackupResult",
                                    implementation = StoredBackupResult.class),
                            @Schema(
                                    name = "CatalogScanResult",
                                    implementation = CatalogScanResult.class),
                            @Schema(
                                    name = "CodeCheckResult",
                                    implementation = CodeCheckResult.class),
                            @Schema(
                                    name = "FilesCheckResult",
                                    implementation = FilesCheckResult.class),
                            @Schema(
                                    name = "FilesRestoreResult",
                                    implementation = FilesRestoreResult.class),
                            @Schema(name = "RecoveryResult", implementation = RecoveryResult.class),
                            @Schema(
                                    name = "OllamaManifestResult",
                                    implementation = OllamaManifestResult.class),
                            @Schema(
                                    name = "OllamaRestoreResult",
                                    implementation = OllamaRestoreResult.class),
                            @Schema(name = "RestoreResult", implementation = RestoreResult.class),
                            @Schema(
                                    name = "RetentionResult",
                                    implementation = RetentionResult.class),
                            @Schema(name = "RollbackResult", implementation = RollbackResult.class),
                            @Schema(
                                    name = "VerificationResult",
                                    implementation = VerificationResult.class)
                        }))
@SecurityScheme(
        securitySchemeName = "token",
        type = SecuritySchemeType.HTTP,
        scheme = "bearer",
        description = "A token of BACKUP_TOKENS.")
public class Contract extends Application {}
