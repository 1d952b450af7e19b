package org.lifeos.backup.worker.restore;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiPredicate;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.RoleScript;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;

/**
 * Makes the roles that a dump needs and its server lacks, and those that these are members of or
 * have as members: as they were saved beside the dump, else without the right to log in. Roles that
 * exist are never altered, and roles that have nothing to do with the dump stay away: somebody may
 * have dropped them for a reason.
 */
final class MissingRoles {
    private static final String MARK = "lifeos-backup trial";

    private final Attempt attempt;
    private final Target target;
    private final RoleScript saved;
    private final Optional<String> doubt;
    private final boolean scratch;

    private MissingRoles(Attempt attempt, Target target, SavedRoles saved, boolean scratch) {
        this.attempt = attempt;
        this.target = target;
        this.saved = saved.script();
        this.doubt = saved.doubt();
        this.scratch = scratch;
    }

    /**
     * For a restore that is to be used.
     *
     * @param saved the roles beside the dump
     */
    static MissingRoles asSaved(Attempt attempt, Target target, SavedRoles saved) {
        return new MissingRoles(attempt, target, saved, false);
    }

    /** For a trial: only what the dump speaks of, without any right, to be dropped again. */
    static MissingRoles forScratch(Attempt attempt, Target target) {
        return new MissingRoles(attempt, target, SavedRoles.NONE, true);
    }

    /**
     * @param needed the roles that the dump speaks of
     * @return the roles that were made, sorted
     * @throws ProblemException when a needed role is missing and cannot be made, or stands in a
     *     file that is not the one which was saved
     */
    List<String> create(Set<String> needed) {
        Set<String> made = new TreeSet<>();
        try (Connection connection = new SideDatabases(target, attempt.jobId()).open()) {
            Set<String> existing = existing(connection);
            requireUndoubted(needed, existing);
            connection.setAutoCommit(false);
            for (String role : missing(needed, existing)) {
                if (create(connection, role, needed.contains(role))) {
                    made.add(role);
                }
            }
            existing.addAll(made);
            for (RoleScript.Membership membership : saved.memberships()) {
                join(connection, membership, made, existing);
            }
            connection.commit();
        } catch (SQLException e) {
            throw new TargetServer(target).problem(e);
        }
        return List.copyOf(made);
    }

    /** Whether {@link #create} would make any. */
    boolean isAnyMissing(Set<String> needed) {
        try (Connection connection = new SideDatabases(target, attempt.jobId()).open()) {
            return !missing(needed, existing(connection)).isEmpty();
        } catch (SQLException e) {
            throw new TargetServer(target).problem(e);
        }
    }

    private Set<String> missing(Set<String> needed, Set<String> existing) {
        Set<String> wanted = new TreeSet<>(saved.withRelatives(needed));
        wanted.removeAll(existing);
        wanted.removeIf(role -> role.startsWith("pg_"));
        return wanted;
    }

    /** A file that no role is made from does not matter. */
    private void requireUndoubted(Set<String> needed, Set<String> existing) {
        Set<String> missing = new TreeSet<>(needed);
        missing.removeAll(existing);
        missing.removeIf(role -> role.startsWith("pg_"));
        if (doubt.isPresent() && !missing.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.BACKUP_CORRUPT,
                    "%s The dump needs roles that %s lacks: %s. Bring the file back, or make these roles."
                            .formatted(doubt.get(), target, String.join(", ", missing)));
        }
        doubt.ifPresent(why -> attempt.log("roles are not made as they were saved: " + why));
    }

    private List<String> withoutLogin(String role) {
        String name = SideDatabases.quoted(role);
        String create = "CREATE ROLE %s NOLOGIN".formatted(name);
        return scratch
                ? List.of(
                        create, "COMMENT ON ROLE %s IS '%s'".formatted(name, mark(attempt.lease())))
                : List.of(create);
    }

    /** Tells whose trial a role was made for, when nobody dropped it. */
    private static String mark(Lease lease) {
        return "%s %s %d".formatted(MARK, lease.jobId(), lease.attempt());
    }

    /** Drops roles that a trial made, after its database is gone. */
    void drop(List<String> made) throws SQLException {
        try (Connection connection = new SideDatabases(target, attempt.jobId()).open()) {
            for (String role : made) {
                SideDatabases.run(connection, "DROP ROLE IF EXISTS " + SideDatabases.quoted(role));
            }
        }
    }

    /** Drops the roles of trials whose attempt the predicate of job and attempt accepts. */
    static void dropThoseOf(Connection connection, BiPredicate<UUID, Integer> isOver)
            throws SQLException {
        List<String> over = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet roles =
                        statement.executeQuery(
                                "select rolname, shobj_description(oid, 'pg_authid') as mark from pg_roles"
                                        + " where shobj_description(oid, 'pg_authid') like '"
                                        + MARK
                                        + " %'")) {
            while (roles.next()) {
                String[] owner = roles.getString("mark").substring(MARK.length() + 1).split(" ");
                if (isOver.test(UUID.fromString(owner[0]), Integer.parseInt(owner[1]))) {
                    over.add(roles.getString("rolname"));
                }
            }
        }
        for (String role : over) {
            SideDatabases.run(connection, "DROP ROLE IF EXISTS " + SideDatabases.quoted(role));
        }
    }

    private static Set<String> existing(Connection connection) throws SQLException {
        Set<String> names = new HashSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet roles = statement.executeQuery("select rolname from pg_roles")) {
            while (roles.next()) {
                names.add(roles.getString("rolname"));
            }
        }
        return names;
    }

    private boolean create(Connection connection, String role, boolean needed) throws SQLException {
        List<String> statements = saved.statementsOf(role);
        if (!statements.isEmpty() && tried(connection, role, statements)) {
            attempt.log("role %s was missing and is made as it was saved".formatted(role));
            return true;
        }
        if (!needed) {
            return false;
        }
        if (tried(connection, role, withoutLogin(role))) {
            attempt.log(
                    "role %s was missing and is made without the right to log in".formatted(role));
            return true;
        }
        throw new ProblemException(
                ProblemCode.TARGET_PERMISSION_DENIED,
                "The dump needs the role %s, which %s lacks, and the user may not create roles."
                        .formatted(role, target));
    }

    /** All of it or nothing. */
    private boolean tried(Connection connection, String role, List<String> sql)
            throws SQLException {
        Savepoint before = connection.setSavepoint();
        try {
            for (String statement : sql) {
                SideDatabases.run(connection, statement);
            }
            connection.releaseSavepoint(before);
            return true;
        } catch (SQLException e) {
            connection.rollback(before);
            attempt.log("role %s: %s".formatted(role, e.getMessage()));
            return false;
        }
    }

    /** Only where one of the two is new: what existing roles are to each other stays. */
    private void join(
            Connection connection,
            RoleScript.Membership membership,
            Set<String> made,
            Set<String> existing)
            throws SQLException {
        boolean isNew = made.contains(membership.role()) || made.contains(membership.member());
        if (isNew
                && existing.contains(membership.role())
                && existing.contains(membership.member())) {
            String member = membership.member();
            String plain =
                    "GRANT %s TO %s"
                            .formatted(
                                    SideDatabases.quoted(membership.role()),
                                    SideDatabases.quoted(member));
            // who granted it there may not be able to here
            if (!tried(connection, member, List.of(membership.statement()))) {
                tried(connection, member, List.of(plain));
            }
        }
    }
}
