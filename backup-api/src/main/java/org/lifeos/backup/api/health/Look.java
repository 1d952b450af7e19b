package org.lifeos.backup.api.health;

import java.util.Optional;

/** What was seen of a part of the world, or why nothing was. Exactly one of both is there. */
record Look<T>(Optional<T> seen, Optional<String> problem) {

    static <T> Look<T> at(T seen) {
        return new Look<>(Optional.of(seen), Optional.empty());
    }

    static <T> Look<T> failed(String problem) {
        return new Look<>(Optional.empty(), Optional.of(problem));
    }
}
