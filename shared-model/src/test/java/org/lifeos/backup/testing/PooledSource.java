package org.lifeos.backup.testing;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.logging.Logger;
import javax.sql.DataSource;

/**
 * Sessions that are used again, because a login costs more than most statements of a test. As many
 * as are asked for at once; a session whose server went away is not lent again.
 */
final class PooledSource implements DataSource, AutoCloseable {
    private static final int ANSWER_SECONDS = 5;

    private final DataSource sessions;
    private final Deque<Connection> idle = new ConcurrentLinkedDeque<>();

    PooledSource(DataSource sessions) {
        this.sessions = sessions;
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection session = idle.poll();
        while (session != null && !session.isValid(ANSWER_SECONDS)) {
            session.close();
            session = idle.poll();
        }
        return lent(session == null ? sessions.getConnection() : session);
    }

    /** The session itself, except that closing it gives it back. */
    private Connection lent(Connection session) {
        return (Connection)
                Proxy.newProxyInstance(
                        PooledSource.class.getClassLoader(),
                        new Class<?>[] {Connection.class},
                        (_, method, arguments) -> {
                            if (method.getName().equals("close")) {
                                idle.push(session);
                                return null;
                            }
                            return invoke(session, method, arguments);
                        });
    }

    private static Object invoke(Connection session, Method method, Object[] arguments)
            throws Throwable {
        try {
            return method.invoke(session, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    @Override
    public void close() throws SQLException {
        for (Connection session = idle.poll(); session != null; session = idle.poll()) {
            session.close();
        }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("the pool has one user");
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return sessions.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter writer) throws SQLException {
        sessions.setLogWriter(writer);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        sessions.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return sessions.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return sessions.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return sessions.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return sessions.isWrapperFor(type);
    }
}
