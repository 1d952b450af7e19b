package org.lifeos.backup.catalog;

/**
 * Where a sequence stands in a dump.
 *
 * @param sequence the qualified name as SQL text, for example {@code public.users_id_seq}
 * @param called whether the value was handed out already; if not, it is the next one
 */
public record SequenceContent(String sequence, long value, boolean called) {}
