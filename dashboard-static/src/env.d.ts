/** Whether the page of components is in this build: in those for development only. */
declare const __COMPONENTS__: boolean;
