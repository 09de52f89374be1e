"""Who may call each route: the first check. Each service decides again by itself (design.md section 3).

A route that is not in the table can not be built. ``EVERYONE`` needs no sign-in; whoever sends a token there is asked
for a good one all the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.call import ACCOUNTS

Roles = frozenset[str]
EVERYONE: Roles = ACCOUNTS | {"visitor"}
UNIT: Roles = frozenset({"unit"})
BUREAU: Roles = frozenset({"bureau"})
STAFF: Roles = frozenset({"bureau", "municipal"})
ADMIN: Roles = frozenset({"admin"})
READERS: Roles = frozenset({"unit", "bureau", "municipal"})

MAY_CALL: Mapping[str, Roles] = {
    # sign-in and reference data
    "signIn": EVERYONE,
    "refreshSession": EVERYONE,
    "signOut": ACCOUNTS,
    "getMe": ACCOUNTS,
    "getMyUnit": UNIT,
    "changeMyUnit": UNIT,
    "listDistricts": EVERYONE,
    "listAuthorities": EVERYONE,
    "listVarieties": EVERYONE,
    "listMedia": EVERYONE,
    "getTemplate": EVERYONE,
    # the unit's application
    "openApplication": UNIT,
    "listApplications": READERS,
    "getApplication": READERS,
    "deleteApplication": UNIT,
    "withdrawApplication": UNIT,
    "submitApplication": UNIT,
    "getCompleteness": UNIT,
    "getTimeline": READERS,
    "requestWorkbookUpload": UNIT,
    "startImport": UNIT,
    "listImports": UNIT,
    "getImport": UNIT,
    "watchImport": UNIT,
    "listImportRows": UNIT,
    "getErrorWorkbook": UNIT,
    "cancelImport": UNIT,
    "listCylinders": READERS,
    "deleteCylinders": UNIT,
    "getCylinder": READERS,
    "editCylinder": UNIT,
    "updateByImport": UNIT,
    "getImportFacts": UNIT,
    "exportCylinders": UNIT,
    "getCylinderList": UNIT,
    "getCylinderListFile": UNIT,
    "findHolder": STAFF,
    "listPhotos": READERS,
    "requestUploads": UNIT,
    "addPhotos": UNIT,
    "deletePhoto": UNIT,
    "addDocument": UNIT,
    "listDocuments": READERS,
    # the bureau's work
    "getTodos": BUREAU,
    "listTasks": BUREAU,
    "getReview": BUREAU,
    "openReviewPage": BUREAU,
    "saveReviewPage": BUREAU,
    "completeReview": BUREAU,
    "decide": BUREAU,
    "issueCertificate": BUREAU,
    # certificates
    "listCertificates": READERS,
    "getCertificate": READERS,
    "getCertificateFile": READERS,
    "getCertificateAnnex": READERS,
    # operation
    "listDeadLetters": ADMIN,
    "showDeadLetter": ADMIN,
    "replayDeadLetter": ADMIN,
    "dropDeadLetter": ADMIN,
    # without sign-in
    "verifyToken": EVERYONE,
    "findCylinder": EVERYONE,
    "checkPdf": EVERYONE,
    "findProgress": EVERYONE,
    "newCaptcha": EVERYONE,
    "verifyPage": EVERYONE,
    "verifyNumberPage": EVERYONE,
    "verifyNumber": EVERYONE,
    "verifyPdfPage": EVERYONE,
    "verifyPdf": EVERYONE,
    "bureausPage": EVERYONE,
    "healthz": EVERYONE,
    "readyz": EVERYONE,
}

# Pages by the same rule (web/page_routes.py): whoever is not signed in is led to the sign-in page.
_PUBLIC_PAGES: Mapping[str, Roles] = {
    "homePage": EVERYONE,
    "supportPage": EVERYONE,
    "loginPage": EVERYONE,
    "login": EVERYONE,
    "logout": ACCOUNTS,
    "progressPage": EVERYONE,
    "showProgress": EVERYONE,
    "noticesPage": EVERYONE,
    "noticePage": EVERYONE,
    "helpPage": EVERYONE,
    "helpUnitPage": EVERYONE,
    "helpBureauPage": EVERYONE,
    "helpAccessibilityPage": EVERYONE,
}
_UNIT_PAGES: Mapping[str, Roles] = {
    "unitHomePage": UNIT,
    "unitTodoCount": UNIT,
    "newApplicationPage": UNIT,
    "openApplicationForm": UNIT,
    "unitTemplate": UNIT,
    "unitBasicsPage": UNIT,
    "unitImportPage": UNIT,
    "unitRequestWorkbookUpload": UNIT,
    "unitStartImport": UNIT,
    "unitImportResultPage": UNIT,
    "unitImportProgress": UNIT,
    "unitImportEvents": UNIT,
    "unitCancelImport": UNIT,
    "unitErrorWorkbook": UNIT,
    "unitUpdateByImportPage": UNIT,
    "unitUpdateByImport": UNIT,
    "saveUnitBasics": UNIT,
    "unitSubmissionPage": UNIT,
    "submitApplicationForm": UNIT,
    "unitApplicationPage": UNIT,
    "withdrawApplicationForm": UNIT,
    "unitProgressPage": UNIT,
    "unitCertificatesPage": UNIT,
    "unitCertificateFile": UNIT,
    "unitCertificateAnnex": UNIT,
    "unitCylindersPage": UNIT,
    "unitCylinderPage": UNIT,
    "unitEditCylinderPage": UNIT,
    "unitEditCylinder": UNIT,
    "unitExportPage": UNIT,
    "unitExportCylinders": UNIT,
    "unitCylinderListPage": UNIT,
    "unitCylinderListFile": UNIT,
    "unitDeletionPage": UNIT,
    "unitDeleteCylinders": UNIT,
    "unitSharedCertificatePage": UNIT,
    "unitPhotosPage": UNIT,
    "unitPhotosState": UNIT,
    "unitDeletePhoto": UNIT,
    "unitRequestUpload": UNIT,
    "unitAddPhoto": UNIT,
    "unitDocumentsPage": UNIT,
    "unitAddDocument": UNIT,
}
_BUREAU_PAGES: Mapping[str, Roles] = {
    "bureauHomePage": STAFF,
    "bureauTodoCount": STAFF,
    "bureauNewTasks": BUREAU,
    "bureauApplicationsPage": STAFF,
    "bureauApplicationPage": STAFF,
    "bureauDecide": BUREAU,
    "bureauRejectionPage": BUREAU,
    "bureauReject": BUREAU,
    "bureauIssuePage": STAFF,
    "bureauIssue": BUREAU,
    "bureauCertificatesPage": STAFF,
    "bureauCertificateFile": STAFF,
    "bureauCertificateAnnex": STAFF,
    "bureauHoldersPage": STAFF,
    "bureauCylindersPage": STAFF,
    "bureauCylinderPage": STAFF,
    "bureauReviewPage": STAFF,
    "bureauReviewSaveForm": BUREAU,
    "bureauReviewComplete": BUREAU,
    "bureauReviewPart": BUREAU,
    "bureauReviewSave": BUREAU,
}
MAY_OPEN: Mapping[str, Roles] = {**_PUBLIC_PAGES, **_UNIT_PAGES, **_BUREAU_PAGES}
