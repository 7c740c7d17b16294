"""Writes DynamoDBLocal.jar: nothing but a manifest that names the main class and every jar.

LocalStack starts ``java -jar DynamoDBLocal.jar``, as in the archive that AWS offers; the jar on
Maven Central has no such manifest. A manifest's line goes on where the next begins with a space.
"""

import sys
import zipfile
from pathlib import Path

libraries, jar = Path(sys.argv[1]), sys.argv[2]
names = sorted(path.name for path in libraries.glob("*.jar"))
manifest = [
    "Manifest-Version: 1.0",
    "Main-Class: com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
    "Class-Path: .",
    *(f"  {libraries.name}/{name}" for name in names),
]
with zipfile.ZipFile(jar, "w") as archive:
    archive.writestr("META-INF/MANIFEST.MF", "\n".join(manifest) + "\n\n")
