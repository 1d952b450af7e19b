package org.lifeos.backup.job;

import java.util.List;

/**
 * How the catalogue came to be equal to the disk. Files are named as in {@link
 * org.lifeos.backup.catalog.DumpFile}; each dump on the disk is counted once.
 *
 * @param imported entered, or entered otherwise than before, as good ones
 * @param unchanged how many were in the catalogue already as they are on the disk
 * @param missing known ones whose file is not there
 * @param corrupt dumps that are there and are not whole, or failed their last proof
 */
public record CatalogScanResult(
        List<String> imported, int unchanged, List<String> missing, List<String> corrupt)
        implements JobResult {

    public CatalogScanResult {
        imported = List.copyOf(imported);
        missing = List.copyOf(missing);
        corrupt = List.copyOf(corrupt);
    }
}
